module github.com/plinth-dev/plinth

go 1.26

require (
	github.com/BurntSushi/toml v1.6.0 // indirect
	github.com/go-jose/go-jose/v4 v4.1.8 // indirect
)
