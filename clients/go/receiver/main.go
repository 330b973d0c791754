// Receiver receives callbacks of the portal: it checks who sent them, and prints them.
//
//	CALLBACK_SECRET=... PORT=8900 go run ./receiver
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"time"

	"qsms"
)

const longestBody = 1 << 20

func receive(response http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(response, request.Body, longestBody))
	signature, secret := request.Header.Get("QSMS-Signature"), os.Getenv("CALLBACK_SECRET")
	if err != nil || !qsms.VerifySignature(signature, body, secret, 5*time.Minute, time.Now()) {
		response.WriteHeader(http.StatusForbidden)
		return
	}
	var event struct {
		MessageID any    `json:"messageId"`
		DlrDesc   string `json:"dlrDesc"`
		ClientRef string `json:"client_ref"`
	}
	if json.Unmarshal(body, &event) != nil {
		response.WriteHeader(http.StatusBadRequest)
		return
	}
	// The same event may come twice: keep it by its messageId and dlrStatus, then answer, and only then work on it.
	fmt.Println(event.MessageID, event.DlrDesc, event.ClientRef)
	response.WriteHeader(http.StatusNoContent)
}

func main() {
	port := os.Getenv("PORT")
	if port == "" {
		port = "8900"
	}
	log.Fatal(http.ListenAndServe("127.0.0.1:"+port, http.HandlerFunc(receive)))
}
