package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// ask gets what a running server tells its operator.
func ask(ctx context.Context, url, key string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Apikey", key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 16<<20))
	if err == nil && res.StatusCode != http.StatusOK {
		var problem struct{ Detail, Title, Message string }
		_ = json.Unmarshal(text, &problem) // whatever it says
		err = fmt.Errorf("%s: %s %s%s%s", url, res.Status, problem.Title, problem.Detail, problem.Message)
	}
	return text, err
}
