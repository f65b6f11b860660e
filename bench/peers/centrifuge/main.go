// A room on centrifuge, the library inside Centrifugo: JSON protocol, one channel that every client is subscribed to
// by the server, no history, no pings, everything else at its defaults. Its events are the records of the Kafka topic
// that TOPIC names, and without it the lines that come in over a socket.
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
	"strings"
	"sync"

	"github.com/centrifugal/centrifuge"
	"github.com/twmb/franz-go/pkg/kgo"
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
	go func() { log.Fatal(http.Serve(viewersListener, nil)) }()
	if topic := os.Getenv("TOPIC"); topic != "" {
		go publishRecords(node, follow(topic))
	} else {
		go publishLines(node, listen(feed))
	}
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

// follow joins a consumer group of its own, everything at its defaults (fetches are answered from one byte on), and
// returns once it has its partitions. It begins at the topic's beginning, which is its end while it is new: what comes
// before the first fetch is not missed either.
func follow(topic string) *kgo.Client {
	joined := make(chan struct{})
	var once sync.Once
	client, err := kgo.NewClient(
		kgo.SeedBrokers(strings.Split(os.Getenv("KAFKA_BROKERS"), ",")...),
		kgo.ConsumerGroup(topic+".room"),
		kgo.ConsumeTopics(topic),
		kgo.FetchMinBytes(1),
		kgo.OnPartitionsAssigned(func(context.Context, *kgo.Client, map[string][]int32) {
			once.Do(func() { close(joined) })
		}),
	)
	if err != nil {
		log.Fatal(err)
	}
	<-joined
	return client
}

func publishRecords(node *centrifuge.Node, client *kgo.Client) {
	for {
		fetches := client.PollFetches(context.Background())
		if err := fetches.Err(); err != nil {
			log.Fatal(err)
		}
		fetches.EachRecord(func(record *kgo.Record) {
			if _, err := node.Publish(channel, record.Value); err != nil {
				log.Fatal(err)
			}
		})
	}
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
