// Calls of the Go client for the tests: a JSON line in, a JSON line out.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"qsms"
)

type asked struct {
	Op     string
	Client struct {
		BaseURL    string  `json:"base_url"`
		APIKey     string  `json:"api_key"`
		AccountURL *string `json:"account_url"`
		Sender     string
		Timeout    float64
		Retries    int
	}
	Mobile, Message, Group, Name, Text, Kind, Method, Path string
	Header, Secret                                         string
	Texts                                                  []qsms.Text
	Contacts                                               []map[string]any
	Options                                                map[string]any
	ID                                                     json.Number
	Body                                                   any
	Tolerance, Now                                         float64
}

type sent struct {
	State       qsms.State `json:"state"`
	Mobile      string     `json:"mobile"`
	MessageID   string     `json:"message_id"`
	ClientRef   string     `json:"client_ref"`
	Code        string     `json:"code"`
	Description string     `json:"description"`
	Cost        float64    `json:"cost"`
}

var kinds = map[error]string{
	qsms.ErrRefused: "refused", qsms.ErrUnreachable: "unreachable", qsms.ErrUnanswered: "unanswered",
}

var clients = map[string]*qsms.Client{}

func made(ask asked) (any, error) {
	ctx := context.Background()
	if ask.Op == "verify" {
		tolerance := time.Duration(ask.Tolerance * float64(time.Second))
		body, _ := ask.Body.(string)
		return qsms.VerifySignature(ask.Header, []byte(body), ask.Secret, tolerance, time.Unix(int64(ask.Now), 0)), nil
	}
	// As a program does, which makes its client once.
	named := fmt.Sprint(ask.Client.BaseURL, ask.Client.APIKey, ask.Client.Timeout)
	client, ok := clients[named]
	if !ok {
		client = qsms.New(ask.Client.BaseURL, ask.Client.APIKey)
		clients[named] = client
	}
	client.AccountURL = ask.Client.BaseURL
	if ask.Client.AccountURL != nil {
		client.AccountURL = *ask.Client.AccountURL
	}
	client.Sender, client.Retries = ask.Client.Sender, ask.Client.Retries
	client.HTTP.Timeout = time.Duration(ask.Client.Timeout * float64(time.Second))
	option := func(name string) string {
		value, _ := ask.Options[name].(string)
		return value
	}
	how := qsms.Sending{
		Sender: option("sender"), DateSend: option("date_send"), IdempotencyKey: option("idempotency_key"),
	}
	switch ask.Op {
	case "send_one":
		text := qsms.Text{Mobile: ask.Mobile, Message: ask.Message, ClientRef: option("client_ref")}
		one, err := client.SendOne(ctx, text, how)
		return sent(one), err
	case "send_many":
		many, err := client.SendMany(ctx, ask.Texts, how)
		told := []sent{}
		for _, one := range many {
			told = append(told, sent(one))
		}
		return told, err
	case "add_contacts":
		return client.AddContacts(ctx, ask.Group, ask.Contacts)
	case "launch_campaign":
		return client.LaunchCampaign(ctx, qsms.Campaign{
			Name: ask.Name, Group: ask.Group, Text: ask.Text, Kind: ask.Kind, Options: ask.Options,
		})
	case "campaign_status":
		id, _ := ask.ID.Int64()
		return client.CampaignStatus(ctx, int(id))
	case "message_status":
		return client.MessageStatus(ctx, ask.ID.String())
	case "balance":
		return client.Balance(ctx)
	}
	var answer any
	err := client.Call(ctx, ask.Method, ask.Path, ask.Body, &answer)
	return answer, err
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var ask asked
		if err := json.Unmarshal(lines.Bytes(), &ask); err != nil {
			panic(err)
		}
		result, err := made(ask)
		said := map[string]any{"result": result}
		var failure *qsms.Error
		if errors.As(err, &failure) {
			fields := failure.Fields
			if fields == nil {
				fields = map[string]any{}
			}
			said = map[string]any{"error": map[string]any{
				"kind": kinds[failure.Kind], "code": failure.Code, "message": failure.Message, "fields": fields,
				"status": failure.Status,
			}}
		} else if err != nil {
			panic(err)
		}
		line, err := json.Marshal(said)
		if err != nil {
			panic(err)
		}
		fmt.Println(string(line))
	}
}
