// A room on centrifuge, the library inside Centrifugo: JSON protocol, one channel that every client is subscribed to
// by the server, no history, no pings, everything else at its defaults.
package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"

	"github.com/centrifugal/centrifuge"
)

const channel = "room"

func main() {
	viewers, feed := os.Args[len(os.Args)-2], os.Args[len(os.Args)-1]
	node, err := centrifuge.New(centrifuge.Config{})
	if err != nil {
		log.Fatal(err)
	}
	node.OnConnecting(func(context.Context, centrifuge.ConnectEvent) (centrifuge.ConnectReply, error) {
		return centrifuge.ConnectReply{
			Credentials:   &centrifuge.Credentials{UserID: "viewer"},
			Subscriptions: map[string]centrifuge.SubscribeOptions{channel: {}},
		}, nil
	})
	if err := node.Run(); err != nil {
		log.Fatal(err)
	}
	http.Handle("/connection/websocket", centrifuge.NewWebsocketHandler(node, centrifuge.WebsocketConfig{
		PingPongConfig: centrifuge.PingPongConfig{PingInterval: -1, PongTimeout: -1},
	}))
	viewersListener := listen(viewers)
	feedListener := listen(feed)
	go func() { log.Fatal(http.Serve(viewersListener, nil)) }()
	go publishLines(node, feedListener)
	fmt.Println("ready")
	// Whoever started us holds our stdin; when that ends, so do we.
	_, _ = io.Copy(io.Discard, os.Stdin)
}

func listen(port string) net.Listener {
	listener, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		log.Fatal(err)
	}
	return listener
}

func publishLines(node *centrifuge.Node, listener net.Listener) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		lines := bufio.NewScanner(connection)
		for lines.Scan() {
			event := append([]byte(nil), lines.Bytes()...)
			if _, err := node.Publish(channel, event); err != nil {
				log.Fatal(err)
			}
		}
	}
}
