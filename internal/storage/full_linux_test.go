package storage_test

import (
	"bytes"
	"mime/multipart"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A full disk is a tmpfs of a few megabytes, mounted in a mount namespace that dies
// with a child process; an unprivileged user gets one in a user namespace of his own.
// Where neither may be made, a limit of the size of a file stands in: the kernel then
// fails the write in the middle, too.
const (
	fullDir   = "PLINTH_TEST_FULL_DIR"
	fullMount = "PLINTH_TEST_FULL_MOUNT"
)

func TestAFullDiskAnswers507(t *testing.T) {
	if dir := os.Getenv(fullDir); dir != "" {
		fullDisk(t, dir)
		return
	}
	t.Parallel()
	flags := &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if uid := os.Getuid(); uid != 0 {
		flags = &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: uid, Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
		}
	}
	child := func(attr *syscall.SysProcAttr, mount string) (*exec.Cmd, *bytes.Buffer) {
		cmd, out := exec.Command(os.Args[0], "-test.run=^TestAFullDiskAnswers507$", "-test.v"), &bytes.Buffer{}
		cmd.Env = append(os.Environ(), fullDir+"="+t.TempDir(), fullMount+"="+mount)
		cmd.SysProcAttr, cmd.Stdout, cmd.Stderr = attr, out, out
		return cmd, out
	}
	cmd, out := child(flags, "yes")
	err := cmd.Start()
	if err != nil {
		t.Logf("no namespace (%v): a quota stands in", err)
		cmd, out = child(nil, "")
		err = cmd.Start()
	}
	if err == nil {
		err = cmd.Wait()
	}
	if err != nil || !strings.Contains(out.String(), "--- PASS") {
		t.Errorf("%v\n%s", err, out)
	}
}

// fullDisk runs in the child.
func fullDisk(t *testing.T, dir string) {
	kept := strings.Repeat("k", 4<<20)
	files := filepath.Join(dir, "files")
	if err := os.MkdirAll(files, 0o700); err != nil {
		t.Fatal(err)
	}
	if os.Getenv(fullMount) != "" {
		err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, "")
		if err == nil {
			err = syscall.Mount("tmpfs", files, "tmpfs", 0, "size=6m")
		}
		if err != nil {
			t.Fatal(err)
		}
	} else {
		kept = "k"
		signal.Ignore(syscall.SIGXFSZ)
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 3 << 20, Max: 3 << 20}); err != nil {
			t.Fatal(err)
		}
	}
	h := openIn(t, dir, nil)
	h.want(200, "service", "POST", "/object/pub/kept", kept)
	h.refusesMore(strings.Repeat("x", 4<<20), len(kept) > 1)
	if n := h.tempFiles(); n != 0 {
		t.Errorf("%d temporary files are left", n)
	}
	h.agree(1)
	if a := h.want(200, "", "GET", "/object/public/pub/kept", ""); a.body != kept {
		t.Errorf("what was there has %d bytes", len(a.body))
	}
	h.want(200, "service", "DELETE", "/object/pub/kept", "")
	h.want(200, "service", "POST", "/object/pub/again", kept)
	h.agree(1)
}

// refusesMore sends a file on every way that there is.
func (h *house) refusesMore(body string, copies bool) {
	h.t.Helper()
	full := func(what string, a answer) {
		h.t.Helper()
		if a.code != 507 || !strings.Contains(a.body, `"statusCode":"507"`) || !strings.Contains(a.body, "InsufficientStorage") || !strings.Contains(a.body, "no room left") {
			h.t.Errorf("%s = %d %s, want 507", what, a.code, a.body)
		}
	}
	full("raw", h.call("service", "POST", "/object/pub/raw", body))
	full("upsert", h.call("service", "PUT", "/object/pub/kept", body))
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("", "f")
	if err == nil {
		_, err = part.Write([]byte(body))
	}
	if err != nil || w.Close() != nil {
		h.t.Fatal(err)
	}
	full("form", h.call("service", "POST", "/object/pub/form", form.String(), "Content-Type: "+w.FormDataContentType()))
	url := begin(h, "service", "pub", "tus", len(body))
	full("tus", h.tus("service", "PATCH", url, body, octets, "Upload-Offset: 0"))
	if a := h.tusWant(200, "service", "HEAD", url, ""); a.header.Get("Upload-Offset") != "0" {
		h.t.Errorf("the upload stands at %s", a.header.Get("Upload-Offset"))
	}
	h.tusWant(204, "service", "DELETE", url, "")
	if copies {
		full("copy", h.call("service", "POST", "/object/copy", `{"bucketId":"pub","sourceKey":"kept","destinationKey":"copy"}`))
	}
}
