package oauth

import "strings"

func fullName(o object) string {
	return strings.TrimSpace(str(o, "first_name") + " " + str(o, "last_name"))
}

func readBitbucket(o object) Person {
	return Person{
		Subject: str(o, "uuid"), Name: str(o, "display_name"), Username: str(o, "username"), Picture: str(sub(o, "links", "avatar"), "href"),
	}
}

func readFigma(o object) Person {
	return Person{Subject: str(o, "id"), Email: str(o, "email"), Name: str(o, "handle"), Picture: str(o, "img_url")}
}

func readFly(o object) Person {
	return Person{Subject: str(o, "user_id"), Email: str(o, "email"), Name: str(o, "user_name")}
}

// readNotion reads the integration's own user, whose owner is the person.
func readNotion(o object) Person {
	u := sub(o, "bot", "owner", "user")
	return Person{Subject: str(u, "id"), Email: str(sub(u, "person"), "email"), Name: str(u, "name"), Picture: str(u, "avatar_url")}
}

// readWorkOS: whoever runs an organisation's directory writes any address he likes.
func readWorkOS(o object) Person {
	return Person{Subject: str(o, "id"), Email: str(o, "email"), Name: fullName(o)}
}

// readZoom: an address counts where Zoom has proven it, or Google or Apple have; a
// company's own directory may say anything.
func readZoom(o object) Person {
	login := str(o, "login_type")
	return Person{
		Subject: str(o, "id"), Email: str(o, "email"), Verified: truth(o["verified"]) || login == "1" || login == "24",
		Name: fullName(o), Picture: str(o, "pic_url"),
	}
}
