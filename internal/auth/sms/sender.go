package sms

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/plinth-dev/plinth/internal/token"
)

// Account is the project's with a sender. Key, Secret and From mean what the sender's
// row says.
type Account struct {
	Name   string // "twilio", "twilio_verify", "messagebird", "textlocal" or "vonage"
	Key    string
	Secret token.Secret
	From   string // a number, a name, or a service's id
}

// row is a sender: where its requests go, what they say, and how it says no.
type row struct {
	send   func(*Account, envelope) request
	check  func(a *Account, to, code string) request // nil where codes are ours
	judge  func(answer) string                       // why a 2xx is a refusal; "" where it is none
	needed string                                    // which of Key, Secret and From
}

// request is a form posted to a sender.
type request struct {
	url   string
	form  url.Values
	basic *url.Userinfo
	auth  string // of the Authorization header
}

// answer is what senders say, each in its members.
type answer struct {
	Status   any    `json:"status"`
	Code     any    `json:"code"`
	Message  string `json:"message"`
	Messages []struct {
		Status string `json:"status"`
		Error  string `json:"error-text"`
	} `json:"messages"`
	Errors []struct {
		Code    any    `json:"code"`
		Message string `json:"message"`
	} `json:"errors"`
}

const maxAnswer = 64 << 10

func (a *Account) row() (row, error) {
	r, ok := map[string]row{
		"twilio":        {send: twilio, needed: "KSF"},
		"twilio_verify": {send: twilioVerify, check: twilioCheck, needed: "KSF"},
		"messagebird":   {send: messageBird, needed: "SF"},
		"textlocal":     {send: textlocal, judge: judgeTextlocal, needed: "SF"},
		"vonage":        {send: vonage, judge: judgeVonage, needed: "KSF"},
	}[a.Name]
	if !ok {
		return r, fmt.Errorf("sms: there is no sender %q", a.Name)
	}
	for _, n := range r.needed {
		if v := map[rune]string{'K': a.Key, 'S': string(a.Secret), 'F': a.From}[n]; v == "" {
			return r, fmt.Errorf("auth.sms.%s: a key is missing", a.Name)
		}
	}
	return r, nil
}

func (a *Account) basic() *url.Userinfo { return url.UserPassword(a.Key, string(a.Secret)) }

func twilio(a *Account, e envelope) request {
	to, from := "+"+e.To, a.From
	f := url.Values{"Body": {e.Body}}
	if e.Channel == "whatsapp" {
		to = "whatsapp:" + to
		if strings.HasPrefix(from, "+") {
			from = "whatsapp:" + from
		}
	}
	f.Set("To", to)
	if strings.HasPrefix(from, "MG") {
		f.Set("MessagingServiceSid", from)
	} else {
		f.Set("From", from)
	}
	return request{url: "https://api.twilio.com/2010-04-01/Accounts/" + url.PathEscape(a.Key) + "/Messages.json", form: f, basic: a.basic()}
}

func twilioVerify(a *Account, e envelope) request {
	return request{
		url:  "https://verify.twilio.com/v2/Services/" + url.PathEscape(a.From) + "/Verifications",
		form: url.Values{"To": {"+" + e.To}, "Channel": {e.Channel}}, basic: a.basic(),
	}
}

func twilioCheck(a *Account, to, code string) request {
	return request{
		url:  "https://verify.twilio.com/v2/Services/" + url.PathEscape(a.From) + "/VerificationCheck",
		form: url.Values{"To": {"+" + to}, "Code": {code}}, basic: a.basic(),
	}
}

func messageBird(a *Account, e envelope) request {
	return request{
		url:  "https://rest.messagebird.com/messages",
		form: url.Values{"originator": {a.From}, "body": {e.Body}, "recipients": {e.To}, "type": {"sms"}, "datacoding": {"unicode"}},
		auth: "AccessKey " + string(a.Secret),
	}
}

func vonage(a *Account, e envelope) request {
	return request{
		url:  "https://rest.nexmo.com/sms/json",
		form: url.Values{"from": {a.From}, "to": {e.To}, "text": {e.Body}, "type": {"unicode"}, "api_key": {a.Key}, "api_secret": {string(a.Secret)}},
	}
}

func textlocal(a *Account, e envelope) request {
	return request{
		url:  "https://api.textlocal.in/send",
		form: url.Values{"sender": {a.From}, "numbers": {e.To}, "message": {e.Body}, "apikey": {string(a.Secret)}},
	}
}

// judgeTextlocal: its refusals come with status 200.
func judgeTextlocal(a answer) string {
	if len(a.Errors) > 0 {
		return fmt.Sprintf("%v: %s", a.Errors[0].Code, a.Errors[0].Message)
	}
	if a.Status != "success" {
		return fmt.Sprint("status ", a.Status)
	}
	return ""
}

// judgeVonage: its refusals come with status 200.
func judgeVonage(a answer) string {
	for _, m := range a.Messages {
		if m.Status != "0" {
			return "status " + m.Status + ": " + m.Error
		}
	}
	return ""
}

// hand posts q. final says that another try would be refused, too. approved, where
// not nil, is what Twilio Verify says of a code.
func (s *Service) hand(ctx context.Context, q request, approved *bool) (final bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, q.url, strings.NewReader(q.form.Encode()))
	if err != nil {
		return true, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	if q.auth != "" {
		req.Header.Set("Authorization", q.auth)
	}
	if q.basic != nil {
		secret, _ := q.basic.Password()
		req.SetBasicAuth(q.basic.Username(), secret)
	}
	res, err := s.cfg.HTTP.Do(req)
	if err != nil {
		return false, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return false, err
	}
	var a answer
	_ = json.Unmarshal(text, &a) // an answer that is no JSON says nothing
	if res.StatusCode/100 != 2 {
		final = res.StatusCode/100 == 4 && res.StatusCode != http.StatusTooManyRequests && res.StatusCode != http.StatusRequestTimeout
		return final, fmt.Errorf("%s answers %s: %v %s", req.URL.Host, res.Status, a.Code, clip(a.Message))
	}
	if s.row.judge != nil {
		if why := s.row.judge(a); why != "" {
			throttled := strings.HasPrefix(why, "status 1:")
			return !throttled, fmt.Errorf("%s: %s", req.URL.Host, clip(why))
		}
	}
	if approved != nil {
		*approved = a.Status == "approved"
	}
	return false, nil
}

func clip(s string) string {
	if len(s) > 200 {
		return s[:200]
	}
	return s
}
