package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"lianbang/services/platform/host"
)

// A process of its own mount namespace gets a disk of its own: a small one in memory that begins as a copy of a directory, or the
// directory itself, not to be written.
const (
	diskFrom = "LIANBANG_TEST_DISK_FROM" // the directory to begin with
	diskSize = "LIANBANG_TEST_DISK_SIZE" // as tmpfs takes it; none: read-only
)

func init() {
	beforeProgram = func() error {
		from, at := os.Getenv(diskFrom), os.Getenv("LIANBANG_DATA")
		if from == "" {
			return nil
		}
		if err := syscall.Mount("none", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
			return fmt.Errorf("no mounts of its own: %w", err)
		}
		size := os.Getenv(diskSize)
		if size == "" {
			err := syscall.Mount(from, at, "", syscall.MS_BIND, "")
			if err == nil {
				err = syscall.Mount("", at, "", syscall.MS_REMOUNT|syscall.MS_BIND|syscall.MS_RDONLY, "")
			}
			return os.NewSyscallError("a read-only mount", err)
		}
		if err := syscall.Mount("tmpfs", at, "tmpfs", 0, "mode=700,size="+size); err != nil {
			return fmt.Errorf("no disk in memory: %w", err)
		}
		return os.CopyFS(at, os.DirFS(from))
	}
}

// ownMounts lets a process mount what nobody else sees: as root, or as a user who is root in a user namespace.
func ownMounts(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Geteuid() != 0 {
		c.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		c.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		c.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
}

// TestFullDisk fills the disk under the running product. Writes are refused with a code that says why, reads go on, and when there is
// room again the product goes on by itself, index included, with everything it had acknowledged.
func TestFullDisk(t *testing.T) {
	shift := time.Until(journeyBegins).Round(time.Second)
	clock := &host.Clock{}
	clock.RunFrom(time.Now().Add(shift))
	prepared, at := filepath.Join(t.TempDir(), "prepared"), t.TempDir()
	w := openWorld(t, clock, host.Config{Target: "all", Data: prepared}, slog.New(slog.DiscardHandler))
	leader := *w.organisation(w.operator(), "链主", "91330200MA2JXURN01", "chain_leader")
	leader.get("/api/v1/me")
	w.stop()

	p := launch(t, "lianbang", shift, []string{diskFrom + "=" + prepared, diskSize + "=64m", "LIANBANG_DATA=" + at, "LIANBANG_ADDR=127.0.0.1:0", "LIANBANG_LOG_LEVEL=error"}, ownMounts)
	address := regexp.MustCompile(`ready at (http://\S+)`)
	p.until(t, "its start", func() bool { return address.MatchString(p.out.String()) })
	leader.w = &world{t: t, clock: &shifted{t: t, by: shift}, origin: address.FindStringSubmatch(p.out.String())[1], client: http.DefaultClient, pause: 100 * time.Millisecond}
	disk := filepath.Join("/proc", fmt.Sprint(p.command.Process.Pid), "root", at)

	acknowledged := map[string]string{} // id → title
	draft := func() (int, obj) {
		title := fmt.Sprintf("热误差补偿 %d", len(acknowledged)+1)
		status, answer := leader.try("POST", "/api/v1/demands", obj{"title": title, "kind": "rnd", "background": strings.Repeat("主轴热伸长使孔距超差。", 400)})
		if status == http.StatusCreated {
			acknowledged[answer.str("id")] = title
		}
		return status, answer
	}
	for range 20 {
		if status, answer := draft(); status != http.StatusCreated {
			t.Fatal(status, answer)
		}
	}

	fillDisk(t, filepath.Join(disk, "ballast"))
	refused := 0
	for try := 0; refused < 10; try++ {
		status, answer := draft()
		switch {
		case status == http.StatusCreated: // there is room in what the database already has
		case status == http.StatusServiceUnavailable && answer.str("code") == "storage_full":
			refused++
		case status == http.StatusTooManyRequests:
			time.Sleep(100 * time.Millisecond)
		default:
			t.Fatalf("a full disk is told as %d %v", status, answer)
		}
		if try > 3000 {
			t.Fatal("the disk does not become full")
		}
	}
	for id := range acknowledged {
		if status, _ := leader.try("GET", "/api/v1/demands/"+id, nil); status != http.StatusOK {
			t.Errorf("reading on a full disk: %d", status)
		}
		break
	}
	if status, answer := leader.evidence(); status != http.StatusServiceUnavailable || answer.str("code") != "storage_full" {
		t.Errorf("an upload to a full disk: %d %v", status, answer)
	}

	if err := os.Remove(filepath.Join(disk, "ballast")); err != nil {
		t.Fatal(err)
	}
	leader.w.eventually("writes to be taken again", func() bool { status, _ := draft(); return status == http.StatusCreated })
	if status, answer := leader.evidence(); status >= 300 {
		t.Errorf("an upload when there is room again: %d %v", status, answer)
	}
	path := "/api/v1/organisations/" + leader.orgID
	_, header, _, err := leader.attempt("GET", path, "", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	profile := encoded(t, leader.profile("91330200MA2JXURN01", "chain_leader", "空间恢复之后改写的简介"))
	if status, _, answer, err := leader.attempt("PUT", path, "application/json", profile, map[string]string{"If-Match": header.Get("ETag")}); err != nil || status != http.StatusOK {
		t.Fatal(status, answer, err)
	}
	leader.w.eventually("the index to go on", func() bool {
		return strings.Contains(leader.get("/api/v1/search?type=organisation&q=空间恢复之后").text(), leader.orgID)
	})

	// What stands on the disk at this instant is what a crash would leave.
	if err := p.command.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(t.TempDir(), "left")
	if err := copyLeft(left, disk); err != nil {
		t.Fatal(err)
	}
	p.kill(t)
	clock.RunFrom(time.Now().Add(shift))
	leader.w = openWorld(t, clock, host.Config{Target: "all", Data: left}, slog.New(slog.DiscardHandler))
	for id, title := range acknowledged {
		if got := leader.get("/api/v1/demands/" + id).str("title"); got != title {
			t.Errorf("%s reads %q", title, got)
		}
	}
	t.Logf("%d acknowledged drafts, %d refusals, none lost", len(acknowledged), refused)
}

// evidence uploads a file of some size.
func (p *person) evidence() (int, obj) {
	p.w.t.Helper()
	file := "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n" + strings.Repeat("% fill\n", 200_000) + "trailer<</Root 1 0 R>>\n%%EOF\n"
	kind, body := form(p.w.t, "营业执照.pdf", []byte(file))
	return p.do("POST", "/api/v1/organisations/"+p.orgID+"/evidence", kind, body)
}

// fillDisk writes until there is no room for a single page more.
func fillDisk(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{1 << 20, 4 << 10} {
		for err = nil; err == nil; {
			_, err = f.Write(make([]byte, size))
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// copyLeft copies a data directory without what SQLite only shares between processes.
func copyLeft(to, from string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := filepath.Join(to, strings.TrimPrefix(path, from))
		switch {
		case d.IsDir():
			return os.MkdirAll(target, 0o700)
		case strings.HasSuffix(path, "-shm"):
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, b, 0o600)
	})
}

// TestReadOnlyDirectory: a product that cannot write its data does not start, and says why.
func TestReadOnlyDirectory(t *testing.T) {
	prepared := t.TempDir()
	if err := os.WriteFile(filepath.Join(prepared, "lock"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	p := launch(t, "lianbang", 0, []string{diskFrom + "=" + prepared, "LIANBANG_DATA=" + prepared, "LIANBANG_ADDR=127.0.0.1:0"}, ownMounts)
	select {
	case <-p.ended:
	case <-time.After(time.Minute):
		t.Fatal("it runs on a directory it cannot write")
	}
	if p.command.ProcessState.ExitCode() == exitUnprepared {
		t.Skip(p.err.String())
	}
	want := "lianbang: the data directory " + prepared + " cannot be written"
	if p.command.ProcessState.ExitCode() != 1 || !strings.Contains(p.err.String(), want) {
		t.Errorf("it ended with %v and said %q", p.command.ProcessState, p.err.String())
	}
}
