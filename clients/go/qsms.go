// Package qsms sends texts by the QSMS Portal, or by the Q SMS gateway for what it has. It needs Go 1.19 and nothing
// else.
//
//	client := qsms.New("https://portal.example.co.ke", "qsms_live_...")
//	client.Sender = "NAKURUSACCO"
//	sent, err := client.SendOne(ctx, qsms.Text{Mobile: "254712345678", Message: "Your parcel is here."})
//
// A call is made again only where nothing came of it: no connection could be made, or the answer was 429 with
// Retry-After, 503 with Retry-After or 503 with the code 1005. After a broken connection or a time that ran out, only
// what a repeat cannot do twice is asked again: what only reads, and the POSTs of /v1/, which carry an Idempotency-Key
// that stays the same over the tries of one call.
package qsms

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Kinds of Error, to be asked for by errors.Is.
var (
	// ErrRefused: the answer said no, and nothing was sent or changed. Code says what to mend.
	ErrRefused = errors.New("refused")
	// ErrUnreachable: no connection could be made, and nothing was sent or changed. Call again later.
	ErrUnreachable = errors.New("unreachable")
	// ErrUnanswered: the request went out, and no answer came that can be understood: it may have been done. Look
	// before you call again, or call again with the same IdempotencyKey where the portal is asked.
	ErrUnanswered = errors.New("unanswered")
)

// Error is a call that did not do what was asked.
type Error struct {
	Kind    error          // ErrRefused, ErrUnreachable or ErrUnanswered
	Code    string         // the answer's own word or number, such as over_limit or 1006; empty without an answer
	Message string         // what it said, in words
	Fields  map[string]any // what was wrong, by the name of the field or parameter
	Status  int            // the HTTP status, 0 without an answer
}

func (e *Error) Error() string { return fmt.Sprintf("qsms: %v: %s %s", e.Kind, e.Code, e.Message) }

// Unwrap lets errors.Is ask for the kind.
func (e *Error) Unwrap() error { return e.Kind }

// State is what became of a text.
type State string

// The states of a text.
const (
	Accepted  State = "accepted"
	Refused   State = "refused"   // it was not sent and will not be
	Uncertain State = "uncertain" // nobody knows: do not send it again, ask MessageStatus for its MessageID
)

// Text is one text to be sent.
type Text struct {
	Mobile    string `json:"mobile"`
	Message   string `json:"message"`
	ClientRef string `json:"client_ref,omitempty"` // your own name for it, which comes back with its result
}

// Sent is what became of one text.
type Sent struct {
	State       State
	Mobile      string
	MessageID   string // empty where none came
	ClientRef   string
	Code        string
	Description string
	Cost        float64 // in credits; 0 where it was not told
}

// Sending is how texts are sent, where it is not as always.
type Sending struct {
	Sender         string // in place of the client's
	DateSend       string // "2026-12-04 09:00:00", Nairobi, lets them wait
	IdempotencyKey string // makes a repeat safe, at the portal
}

// Balance is what is left of the account.
type Balance struct {
	BalanceKES   json.Number `json:"balance_kes"`
	SMSRemaining int         `json:"sms_remaining"`
	RatePerSMS   json.Number `json:"rate_per_sms"`
	AsOf         string      `json:"as_of"` // of the portal alone
}

// MessageStatus is how far a text is: queued, sent, delivered, failed or uncertain; of the gateway also pending.
type MessageStatus struct {
	ID          json.Number `json:"id"`
	Status      string      `json:"status"`
	To          string      `json:"to"`
	Message     string      `json:"message"`
	DeliveredAt string      `json:"delivered_at"`
	Reason      string      `json:"reason"`
}

// ContactsAdded is what became of contacts; Rejected names each that was left out.
type ContactsAdded struct {
	Group      string `json:"group"`
	Created    int    `json:"created"`
	Updated    int    `json:"updated"`
	Unchanged  int    `json:"unchanged"`
	Duplicates int    `json:"duplicates"`
	Rejected   []struct {
		Index int    `json:"index"`
		Phone string `json:"phone"`
		Error string `json:"error"`
	} `json:"rejected"`
}

// Campaign is asked for by LaunchCampaign.
type Campaign struct {
	Name, Group, Text string
	Kind              string         // transactional or promotional
	Options           map[string]any // whatever else POST /v1/campaigns takes; "launch": false leaves it a draft
}

// CampaignStatus is how far a campaign is.
type CampaignStatus struct {
	ID     int            `json:"id"`
	Name   string         `json:"name"`
	Status string         `json:"status"`
	Run    map[string]any `json:"run"` // the latest one; nil where there is none
	Totals map[string]int `json:"totals"`
	Cost   string         `json:"cost"`
}

// Client makes the calls of one account. Its fields may be changed before the first call.
type Client struct {
	BaseURL     string // where /api/sms/... is: your portal, or the gateway's sending host
	AccountURL  string // where /v1/... is, if that is another host, as with the gateway
	APIKey      string // a key of Settings, API keys
	Sender      string // the sender ID where a call names none
	ServiceID   string
	Retries     int           // how often a call of which nothing came is made again
	LongestWait time.Duration // where Retry-After says more, the call is not made again
	HTTP        *http.Client  // its Timeout is for a whole call; the portal answers a text within 25 s
}

// New is a client of the portal at baseURL, with a minute for each call and three tries more.
func New(baseURL, apiKey string) *Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	// A connection of its own each time: one that was kept may have been closed at the other end.
	transport.DisableKeepAlives = true
	own := &http.Client{Timeout: time.Minute, Transport: transport}
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	base := strings.TrimRight(baseURL, "/")
	return &Client{
		BaseURL: base, AccountURL: base, APIKey: apiKey, ServiceID: "0", Retries: 3, LongestWait: time.Minute, HTTP: own,
	}
}

// SendOne sends one text, which is then Accepted or Uncertain. The error is ErrRefused (1003 the number, 1012 opted
// out, ...), ErrUnreachable or ErrUnanswered.
func (c *Client) SendOne(ctx context.Context, text Text, how ...Sending) (Sent, error) {
	sending := c.sending(how)
	body := map[string]any{
		"api_key": c.APIKey, "service_id": c.ServiceID, "mobile": text.Mobile, "response_type": "json",
		"shortcode": sending.Sender, "message": text.Message, "date_send": sending.DateSend,
	}
	if text.ClientRef != "" {
		body["client_ref"] = text.ClientRef
	}
	got, err := c.ask(ctx, "POST", c.BaseURL+"/api/sms/sendsms", body, sending.IdempotencyKey, false)
	if err != nil {
		return Sent{}, err
	}
	items, err := got.items()
	if err != nil {
		return Sent{}, err
	}
	sent := result(items[0], text)
	if sent.State == Refused {
		return sent, &Error{Kind: ErrRefused, Code: sent.Code, Message: sent.Description, Status: got.status}
	}
	if sent.State == Uncertain && sent.MessageID == "" {
		return sent, got.unanswered()
	}
	return sent, nil
}

// SendMany sends up to 1,000 texts in one call, and returns a result for each in their order. The error is ErrRefused
// where the call as a whole was refused, ErrUnreachable or ErrUnanswered.
func (c *Client) SendMany(ctx context.Context, texts []Text, how ...Sending) ([]Sent, error) {
	sending := c.sending(how)
	body := map[string]any{
		"api_key": c.APIKey, "serviceId": c.ServiceID, "from": sending.Sender, "date_send": sending.DateSend,
		"messages": texts,
	}
	got, err := c.ask(ctx, "POST", c.BaseURL+"/api/sms/sendmultiple", body, sending.IdempotencyKey, false)
	if err != nil {
		return nil, err
	}
	items, err := got.items()
	if err != nil {
		return nil, err
	}
	return matched(texts, items), nil
}

// AddContacts adds and updates up to 10,000 contacts, each with phone, name and any field. The group is made where
// needed.
func (c *Client) AddContacts(ctx context.Context, group string, contacts []map[string]any) (added ContactsAdded, err error) {
	err = c.Call(ctx, "POST", "/v1/contacts", map[string]any{"group": group, "contacts": contacts}, &added)
	return added, err
}

// LaunchCampaign makes a campaign and launches it at once, or at "send_at" of its options.
func (c *Client) LaunchCampaign(ctx context.Context, campaign Campaign) (status CampaignStatus, err error) {
	body := map[string]any{
		"name": campaign.Name, "group": campaign.Group, "text": campaign.Text, "kind": campaign.Kind, "launch": true,
	}
	for name, value := range campaign.Options {
		body[name] = value
	}
	err = c.Call(ctx, "POST", "/v1/campaigns", body, &status)
	return status, err
}

// CampaignStatus is the campaign with its latest run and its totals.
func (c *Client) CampaignStatus(ctx context.Context, id int) (status CampaignStatus, err error) {
	err = c.Call(ctx, "GET", "/v1/campaigns/"+strconv.Itoa(id), nil, &status)
	return status, err
}

// MessageStatus is what became of a text that SendOne or SendMany returned the id of.
func (c *Client) MessageStatus(ctx context.Context, id string) (status MessageStatus, err error) {
	err = c.Call(ctx, "GET", "/v1/messages/"+url.PathEscape(id), nil, &status)
	return status, err
}

// Balance is what is left of the account.
func (c *Client) Balance(ctx context.Context) (balance Balance, err error) {
	err = c.Call(ctx, "GET", "/v1/balance", nil, &balance)
	return balance, err
}

// Call makes any call of /v1/ and reads its answer into answer, which may be nil. The error is ErrRefused,
// ErrUnreachable or ErrUnanswered. A POST carries an Idempotency-Key of its own.
func (c *Client) Call(ctx context.Context, method, path string, body, answer any) error {
	key := ""
	if method == "POST" {
		random := make([]byte, 16)
		if _, err := rand.Read(random); err != nil {
			return err
		}
		key = hex.EncodeToString(random)
	}
	account := strings.TrimRight(c.AccountURL, "/")
	got, err := c.ask(ctx, method, account+path, body, key, method == "GET" || method == "POST")
	if err != nil {
		return err
	}
	if err := got.check(); err != nil {
		return err
	}
	if code := got.text("status_code"); code != "" && code != "1" && code != "1000" {
		return &Error{Kind: ErrRefused, Code: code, Message: got.text("status_desc"), Status: got.status}
	}
	if answer == nil || got.status == http.StatusNoContent {
		return nil
	}
	if json.Unmarshal(got.body, answer) != nil {
		return got.unanswered()
	}
	return nil
}

// VerifySignature tells whether a callback is the portal's: header is its QSMS-Signature, body the bytes as they came.
// The time in the header may lie tolerance before or after now; five minutes are usual.
func VerifySignature(header string, body []byte, secret string, tolerance time.Duration, now time.Time) bool {
	stamp, stamps := "", 0
	var given []string
	for _, part := range strings.Split(header, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "t":
			stamp, stamps = value, stamps+1
		case "v1":
			given = append(given, value)
		}
	}
	seconds, err := strconv.ParseUint(stamp, 10, 50)
	if err != nil || secret == "" || stamps != 1 || now.Sub(time.Unix(int64(seconds), 0)).Abs() > tolerance {
		return false
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(stamp + "."))
	mac.Write(body)
	expected := []byte(hex.EncodeToString(mac.Sum(nil)))
	for _, one := range given {
		if hmac.Equal(expected, []byte(one)) {
			return true
		}
	}
	return false
}

func (c *Client) sending(how []Sending) Sending {
	var chosen Sending
	if len(how) > 0 {
		chosen = how[0]
	}
	if chosen.Sender == "" {
		chosen.Sender = c.Sender
	}
	return chosen
}

// item is what was said of one text.
type item map[string]any

// reply is an answer; told is its JSON, nil where it is none.
type reply struct {
	status int
	after  time.Duration // of Retry-After; negative where there is none
	body   []byte
	told   any
}

// ask makes a call, and makes it again where nothing came of it, or where isSafe.
func (c *Client) ask(ctx context.Context, method, address string, body any, key string, isSafe bool) (*reply, error) {
	var payload []byte
	if body != nil {
		var err error
		if payload, err = json.Marshal(body); err != nil {
			return nil, err
		}
	}
	for tried := 0; ; tried++ {
		wait := time.Second << tried
		got, connected, err := c.post(ctx, method, address, payload, key)
		if err != nil {
			if tried < c.Retries && (!connected || isSafe) && pause(ctx, wait) {
				continue
			}
			kind := ErrUnreachable
			if connected {
				kind = ErrUnanswered
			}
			return nil, &Error{Kind: kind, Message: err.Error()}
		}
		again := got.status == 503 && got.text("status_code") == "1005"
		if got.after >= 0 && (got.status == 429 || got.status == 503) {
			again, wait = true, got.after
		}
		if tried < c.Retries && again && wait <= c.LongestWait && pause(ctx, wait) {
			continue
		}
		return got, nil
	}
}

// post is one try; connected says whether anything may have left.
func (c *Client) post(ctx context.Context, method, address string, payload []byte, key string) (*reply, bool, error) {
	connected := false
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected = true }}
	ctx = httptrace.WithClientTrace(ctx, trace)
	request, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(payload))
	if err != nil {
		return nil, false, err
	}
	request.Header.Set("Authorization", "Bearer "+c.APIKey)
	request.Header.Set("Content-Type", "application/json")
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}
	response, err := c.HTTP.Do(request)
	if err != nil {
		return nil, connected, err
	}
	defer response.Body.Close()
	got := &reply{status: response.StatusCode, after: seconds(response.Header.Get("Retry-After"))}
	if got.body, err = io.ReadAll(response.Body); err != nil {
		return nil, true, err
	}
	decoder := json.NewDecoder(bytes.NewReader(got.body))
	decoder.UseNumber()
	if decoder.Decode(&got.told) != nil {
		got.told = nil
	}
	return got, true, nil
}

func pause(ctx context.Context, wait time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(wait):
		return true
	}
}

// seconds is of seconds or of a date; negative where it is neither.
func seconds(retryAfter string) time.Duration {
	if whole, err := strconv.ParseUint(retryAfter, 10, 31); err == nil {
		return time.Duration(whole) * time.Second
	}
	at, err := http.ParseTime(retryAfter)
	if err != nil {
		return -1
	}
	if wait := time.Until(at); wait > 0 {
		return wait
	}
	return 0
}

func (r *reply) text(name string) string {
	told, _ := r.told.(map[string]any)
	return item(told).text(name)
}

func (r *reply) unanswered() error {
	return &Error{Kind: ErrUnanswered, Message: "The answer does not say whether it was done.", Status: r.status}
}

// check is what an answer says that did not do what was asked, in the shape of /v1/ or in none.
func (r *reply) check() error {
	if r.status == 500 || r.status == 502 || r.status == 504 || (r.status != 204 && r.status < 300 && r.told == nil) {
		return r.unanswered()
	}
	told, _ := r.told.(map[string]any)
	if said, ok := told["error"].(map[string]any); ok {
		fields, _ := said["fields"].(map[string]any)
		code, words := item(said).text("code"), item(said).text("message")
		return &Error{Kind: ErrRefused, Code: code, Message: words, Fields: fields, Status: r.status}
	}
	if r.status < 300 {
		return nil
	}
	failure := &Error{Kind: ErrRefused, Code: strconv.Itoa(r.status), Message: r.text("error"), Status: r.status}
	if r.status >= 500 {
		failure.Kind = ErrUnanswered
	}
	return failure
}

// items is what was said of each text: a list, a list in an object, or one object; an error where the whole call
// failed.
func (r *reply) items() ([]item, error) {
	list, _ := r.told.([]any)
	if told, ok := r.told.(map[string]any); ok {
		if _, single := told["message_id"]; single {
			list = []any{told}
		}
		for _, name := range []string{"schedule_details", "messages", "responses", "data"} {
			if inside, ok := told[name].([]any); ok {
				list = inside
				break
			}
		}
	}
	var found []item
	for _, one := range list {
		if told, ok := one.(map[string]any); ok {
			found = append(found, told)
		}
	}
	if len(found) > 0 && len(found) == len(list) {
		return found, nil
	}
	if code := r.text("status_code"); refuses(code) {
		return nil, &Error{Kind: ErrRefused, Code: code, Message: r.text("status_desc"), Status: r.status}
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	return nil, r.unanswered()
}

// matched is each text's result: by ClientRef, by mobile, by place where neither is told. What is not told is
// Uncertain.
func matched(texts []Text, items []item) []Sent {
	byPlace := len(items) == len(texts)
	for _, one := range items {
		byPlace = byPlace && one.text("client_ref")+one.mobile() == ""
	}
	left := append([]item(nil), items...)
	results := make([]Sent, 0, len(texts))
	for _, text := range texts {
		var of item
		for place, one := range left {
			if byPlace || one.isOf(text) {
				of, left = one, append(left[:place:place], left[place+1:]...)
				break
			}
		}
		results = append(results, result(of, text))
	}
	return results
}

func result(of item, text Text) Sent {
	scheduled, code := of.text("schedule_status"), of.text("status_code")
	if code == "" {
		code = scheduled
		if scheduled == "1" || strings.EqualFold(scheduled, "success") {
			code = "1000"
		}
	}
	sent := Sent{
		State: Uncertain, Mobile: first(of.mobile(), text.Mobile), MessageID: of.text("message_id"), Code: code,
		ClientRef: first(of.text("client_ref"), text.ClientRef), Description: first(of.text("schedule_desc"), of.text("status_desc")),
	}
	if code == "1" || code == "1000" {
		sent.State = Accepted
	} else if refuses(code) {
		sent.State = Refused
	}
	if sent.MessageID == "0" {
		sent.MessageID = ""
	}
	sent.Cost, _ = strconv.ParseFloat(of.text("message_cost"), 64)
	return sent
}

// refuses: the vendor's codes that say no; of any other nobody knows what it means.
func refuses(code string) bool {
	number, err := strconv.Atoi(code)
	return err == nil && number >= 1001 && number <= 1016
}

func (i item) text(name string) string {
	switch value := i[name].(type) {
	case nil:
		return ""
	case string:
		return value
	default:
		return fmt.Sprint(value)
	}
}

func (i item) mobile() string { return first(i.text("mobile"), i.text("mobile_number")) }

func (i item) isOf(text Text) bool {
	if told := i.text("client_ref"); told != "" && text.ClientRef != "" {
		return told == text.ClientRef
	}
	return tail(i.mobile()) == tail(text.Mobile)
}

// tail is what 0712345678, +254 712 345 678 and 254712345678 have in common.
func tail(mobile string) string {
	digits := strings.Map(func(letter rune) rune {
		if letter < '0' || letter > '9' {
			return -1
		}
		return letter
	}, mobile)
	if len(digits) > 9 {
		return digits[len(digits)-9:]
	}
	return digits
}

func first(values ...string) string {
	for _, value := range values {
		if value != "" {
			return value
		}
	}
	return ""
}
