package docstoretest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
)

// FerretDB 1.24 on SQLite reads, decides and writes without a transaction, so concurrent updates of one collection overwrite
// each other. The proxy holds a collection's lock from a write command until its answer, which makes every write whole.

// serialise starts the proxy before a server and gives the proxy's address.
func serialise(server string) (address string, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	locks := &locks{}
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go relay(client, server, locks)
		}
	}()
	return listener.Addr().String(), nil
}

// relay carries one connection: a request, its answer, the next request.
func relay(client net.Conn, server string, locks *locks) {
	defer func() { _ = client.Close() }()
	peer, err := net.Dial("tcp", server)
	if err != nil {
		return
	}
	defer func() { _ = peer.Close() }()
	for {
		request, err := message(client)
		if err != nil {
			return
		}
		unlock := func() {}
		if collection := written(request); collection != "" {
			unlock = locks.lock(collection)
		}
		answer, err := exchange(peer, request)
		unlock()
		if err != nil {
			return
		}
		if _, err := client.Write(answer); err != nil {
			return
		}
	}
}

func exchange(peer net.Conn, request []byte) ([]byte, error) {
	if _, err := peer.Write(request); err != nil {
		return nil, err
	}
	return message(peer)
}

// The parts of MongoDB's wire protocol that matter here: a message is its length, two ids and an operation code, 32 bits each
// and little-endian; an OP_MSG goes on with flags, a zero byte for the section's kind and the command as a BSON document.
const (
	headerSize = 16
	opMsg      = 2013
	maxMessage = 48 << 20
)

// message reads one whole message.
func message(from io.Reader) ([]byte, error) {
	header := make([]byte, headerSize)
	if _, err := io.ReadFull(from, header); err != nil {
		return nil, err
	}
	size := binary.LittleEndian.Uint32(header)
	if size < headerSize || size > maxMessage {
		return nil, errors.New("no message of MongoDB's protocol")
	}
	whole := make([]byte, size)
	copy(whole, header)
	_, err := io.ReadFull(from, whole[headerSize:])
	return whole, err
}

var writes = map[string]bool{"insert": true, "update": true, "delete": true, "findAndModify": true,
	"create": true, "createIndexes": true, "dropIndexes": true, "drop": true}

// written is the collection that a message writes to, "" when it only reads. A command's first element is its name with the
// collection as a string: a type byte (2), the name with a zero byte, the value's length, the value with a zero byte.
func written(message []byte) (collection string) {
	const start = headerSize + 4 + 1 + 4 // flags, the section's kind, the document's length
	if len(message) < start+1 || binary.LittleEndian.Uint32(message[12:]) != opMsg || message[headerSize+4] != 0 || message[start] != 2 {
		return ""
	}
	name, value, found := bytes.Cut(message[start+1:], []byte{0})
	if !found || !writes[string(name)] || len(value) < 4 {
		return ""
	}
	text, _, _ := bytes.Cut(value[4:], []byte{0})
	return string(text)
}

// locks is one lock per collection name.
type locks struct {
	mu sync.Mutex
	m  map[string]*sync.Mutex
}

func (l *locks) lock(collection string) (unlock func()) {
	l.mu.Lock()
	if l.m == nil {
		l.m = map[string]*sync.Mutex{}
	}
	if l.m[collection] == nil {
		l.m[collection] = &sync.Mutex{}
	}
	one := l.m[collection]
	l.mu.Unlock()
	one.Lock()
	return one.Unlock
}
