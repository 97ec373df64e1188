package e2e

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
)

// largeSize is 256 MB, or what make proof asks for.
func largeSize(t *testing.T) int64 {
	t.Helper()
	text := os.Getenv("PLINTH_PROOF_BYTES")
	if text == "" {
		return 256 << 20
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// maxGrown is how much more memory a server may take than it took idle.
const maxGrown = 64 << 20

// TestLargeFilesInConstantMemory: a large file goes in and out, as one request and as
// a resumable upload, and the process hardly grows.
func TestLargeFilesInConstantMemory(t *testing.T) {
	size := largeSize(t)
	for _, b := range []base{{name: "on disk"}, {name: "on s3", env: bucket(t)}} {
		t.Run(b.name, func(t *testing.T) {
			p := b.serve(t, t.TempDir())
			postSecret(t, p.url+"/storage/v1/bucket", `{"name":"public","public":true}`, nil)
			idle := p.memory(t, "VmRSS")
			if err := os.WriteFile(p.proc("clear_refs"), []byte("5"), 0); err != nil { // the peak begins anew
				t.Fatal(err)
			}
			ways := map[string]func(*testing.T, *process, int64){"raw": uploadRaw}
			if os.Getenv("PLINTH_PROOF_BYTES") != "" {
				ways["tus"] = uploadTUS
			}
			for name, upload := range ways {
				upload(t, p, size)
				download(t, p, name, size)
				grown := p.memory(t, "VmHWM") - idle
				t.Logf("%s, %s: %d MB, idle %d MB, at most %d MB more, %s", b.name, name, size>>20, idle>>20, grown>>20, p.cpu(t))
				if grown > maxGrown {
					t.Errorf("%s: the process grew by %d MB", name, grown>>20)
				}
			}
			p.stop(t)
		})
	}
}

// stripes is a body of n bytes that nobody holds.
func stripes(n int64) io.Reader {
	return io.LimitReader(&striped{block: bytes.Repeat([]byte("0123456789abcdef"), 4096)}, n)
}

type striped struct {
	block []byte
	at    int
}

func (s *striped) Read(p []byte) (int, error) {
	n := copy(p, s.block[s.at:])
	s.at = (s.at + n) % len(s.block)
	return n, nil
}

func uploadRaw(t *testing.T, p *process, size int64) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/storage/v1/object/public/raw", stripes(size))
	if err != nil {
		t.Fatal(err)
	}
	req.ContentLength = size
	req.Header.Set("Apikey", localSecret)
	if code := send(t, req, nil); code != http.StatusOK {
		t.Fatalf("upload = %d", code)
	}
}

func uploadTUS(t *testing.T, p *process, size int64) {
	t.Helper()
	b64 := base64.StdEncoding.EncodeToString
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/storage/v1/upload/resumable", stripes(size))
	if err != nil {
		t.Fatal(err)
	}
	req.ContentLength = size
	for name, value := range map[string]string{
		"Apikey": localSecret, "Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream", "Upload-Length": strconv.FormatInt(size, 10),
		"Upload-Metadata": "bucketName " + b64([]byte("public")) + ",objectName " + b64([]byte("tus")),
	} {
		req.Header.Set(name, value)
	}
	if code := send(t, req, nil); code != http.StatusCreated {
		t.Fatalf("resumable upload = %d", code)
	}
}

// download reads a file and holds its bytes against what went in.
func download(t *testing.T, p *process, name string, size int64) {
	t.Helper()
	res, err := http.Get(p.url + "/storage/v1/object/public/public/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	want, got := md5.New(), md5.New()
	if _, err := io.Copy(want, stripes(size)); err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(got, res.Body)
	if err != nil || n != size || !bytes.Equal(got.Sum(nil), want.Sum(nil)) {
		t.Errorf("%s: %d bytes of %d, or other ones: %v", name, n, size, err)
	}
}

func (p *process) proc(name string) string {
	return fmt.Sprintf("/proc/%d/%s", p.cmd.Process.Pid, name)
}

// memory returns a line of the process' status in bytes.
func (p *process) memory(t *testing.T, line string) int64 {
	t.Helper()
	text, err := os.ReadFile(p.proc("status"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), line+":")
	var kb int64
	if _, err := fmt.Sscan(rest, &kb); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return kb << 10
}

// cpu says what CPU time the process has used.
func (p *process) cpu(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(p.proc("stat"))
	if err != nil {
		t.Fatal(err)
	}
	f := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	return fmt.Sprintf("%.2f s of CPU since its start", float64(user+system)/100)
}
