package engine

import (
	"fmt"
	"net"
	"os"
	"testing"
)

// childDir makes this test binary a server on that directory instead of a
// test run, so that tests can kill a real process.
const childDir = "ENGINE_TEST_CHILD_DIR"

const testKey = "masterKey"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		serveChild(dir, os.Getenv("ENGINE_TEST_CHILD_ADDR"))
		return
	}
	os.Exit(m.Run())
}

// serveChild serves until it is killed; it prints its address once it listens.
func serveChild(dir, addr string) {
	e, err := Open(dir, Options{MasterKey: testKey})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("http://" + ln.Addr().String())
	if err := e.App().Listener(ln); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
