package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"lianbang/services/platform/host"
)

// asProgram makes this test binary the program itself: tests start it as processes of their own, with arguments and environment as
// an operator would. What it is told on standard input moves its clock; when that ends, so does the process, and so none outlives
// the test that started it.
const asProgram = "LIANBANG_TEST_PROGRAM"

// beforeProgram prepares such a process, in tests that need something of the system first.
var beforeProgram = func() error { return nil }

const exitUnprepared = 77

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) == "" {
		os.Exit(m.Run())
	}
	if err := beforeProgram(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(exitUnprepared)
	}
	ctx, stop := context.WithCancel(context.Background())
	clock := &host.Clock{}
	first := make(chan struct{})
	go func() {
		defer stop()
		known := sync.OnceFunc(func() { close(first) })
		for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
			shift, err := time.ParseDuration(lines.Text())
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				return
			}
			clock.RunFrom(time.Now().Add(shift))
			known()
			fmt.Println("shifted by", shift)
		}
	}()
	<-first
	if err := run(ctx, clock, os.Args[1:], os.Environ(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "lianbang:", err)
		os.Exit(1)
	}
}

// process is the program in a process of its own.
type process struct {
	name     string
	command  *exec.Cmd
	stdin    io.WriteCloser
	out, err output
	ended    chan struct{} // closed when it has ended
}

// launch starts a process on a clock shifted from the system's. Exactly environ is its environment, but for what the test itself
// needs of it. When the test fails, what it said is logged.
func launch(t testing.TB, name string, shift time.Duration, environ []string, change ...func(*exec.Cmd)) *process {
	t.Helper()
	p := &process{name: name, ended: make(chan struct{})}
	p.command = exec.Command(os.Args[0])
	p.command.Env = append([]string{asProgram + "=1", "TMPDIR=" + t.TempDir(), "LIANBANG_SIGN_UP_CODE=false"}, environ...)
	p.command.Stdout, p.command.Stderr = &p.out, &p.err
	for _, f := range change {
		f(p.command)
	}
	var err error
	if p.stdin, err = p.command.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.command.Start(); err != nil {
		if errors.Is(err, os.ErrPermission) {
			t.Skipf("%s cannot be started as it must be: %v", name, err)
		}
		t.Fatal(err)
	}
	go func() {
		_ = p.command.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.end(t)
		if said := p.err.String(); t.Failed() && said != "" {
			t.Logf("%s said:\n%s", p.name, said[max(0, len(said)-4000):])
		}
	})
	_, _ = fmt.Fprintln(p.stdin, shift) // one that has ended already is noticed when it is waited for
	return p
}

// shift moves the clock and returns when the process has.
func (p *process) shift(t *testing.T, by time.Duration) {
	t.Helper()
	if !p.lives() {
		return
	}
	if _, err := fmt.Fprintln(p.stdin, by); err != nil {
		t.Fatalf("%s: %v", p.name, err)
	}
	p.until(t, "its clock to move", func() bool { return strings.Contains(p.out.String(), "shifted by "+by.String()) })
}

func (p *process) lives() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// until waits for something of a process that must not end meanwhile.
func (p *process) until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(20 * time.Millisecond) {
		if !p.lives() {
			if p.command.ProcessState.ExitCode() == exitUnprepared {
				t.Skipf("%s: %s", p.name, p.err.String())
			}
			t.Fatalf("%s ended while the test waited for %s", p.name, what)
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: waited in vain for %s", p.name, what)
		}
	}
}

// kill is kill -9: the process has no moment left to do anything in.
func (p *process) kill(t testing.TB) {
	t.Helper()
	if err := p.command.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatal(err)
	}
	<-p.ended
}

// end stops it as Ctrl-C does.
func (p *process) end(t testing.TB) {
	t.Helper()
	_ = p.stdin.Close()
	select {
	case <-p.ended:
	case <-time.After(time.Minute):
		t.Errorf("%s does not stop", p.name)
		p.kill(t)
	}
}

// shifted is the clock of processes: the system's, moved on by a test.
type shifted struct {
	t         *testing.T
	by        time.Duration
	processes []*process
}

// Now is the processes' time.
func (s *shifted) Now() time.Time { return time.Now().Add(s.by) }

// Advance moves every process that lives.
func (s *shifted) Advance(d time.Duration) {
	s.t.Helper()
	s.by += d
	for _, p := range s.processes {
		p.shift(s.t, s.by)
	}
}
