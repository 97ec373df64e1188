package e2e

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"debug/elf"
	"debug/macho"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"text/template"

	"go.yaml.in/yaml/v3"
)

// TestUpgrade serves a data folder that an older commit made: its rows, files and
// sign-ins are there, and a new write goes in.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	folders, err := filepath.Glob("testdata/upgrade/*.tar.gz")
	if err != nil || len(folders) == 0 {
		t.Fatal("no older data folder", err)
	}
	for _, path := range folders {
		data := t.TempDir()
		untar(t, path, data)
		p := devWith(t, nil, data)
		var marks []struct{ ID int }
		if code := get(t, p.url+"/rest/v1/marks?select=id&order=id", localSecret, &marks); code != http.StatusOK || len(marks) != 3 || marks[2].ID != 3 {
			t.Errorf("%s: rows: %d, %v", path, code, marks)
		}
		wantNote(t, p, "from an older version")
		body := strings.NewReader(`{"email":"old@example.com","password":"correct horse"}`)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/auth/v1/token?grant_type=password", body)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Apikey", localPublishable)
		req.Header.Set("Content-Type", "application/json")
		if code := send(t, req, nil); code != http.StatusOK {
			t.Errorf("%s: sign-in: %d", path, code)
		}
		putNote(t, p, "new.txt", "from this version")
		p.stop(t)
		if code, out, log := command(t, nil, "storage", "check", "--project", "testdata/shipped", "--data", data, "--grace", "0s"); code != 0 {
			t.Errorf("%s: storage check: %s%s", path, out, log)
		}
	}
}

func untar(t *testing.T, path, dir string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil || !filepath.IsLocal(h.Name) {
			t.Fatal(h, err)
		}
		to := filepath.Join(dir, h.Name)
		if h.FileInfo().IsDir() {
			err = os.MkdirAll(to, 0o700)
		} else {
			var b []byte
			if b, err = io.ReadAll(r); err == nil {
				err = os.WriteFile(to, b, 0o600)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestImage runs what the Dockerfile says, by hand: a static program of at most 50 MB
// compressed, as its user, with its variables, over a project that it may not write.
func TestImage(t *testing.T) {
	t.Parallel()
	e, err := elf.Open(binary)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for _, p := range e.Progs {
		if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
			t.Errorf("the program is not static: %v", p.Type)
		}
	}
	text, err := os.ReadFile(root + "/deploy/Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"FROM scratch", "USER 65532:65532", `ENTRYPOINT ["/plinth"]`, `CMD ["serve"]`, "CGO_ENABLED=0", "ca-certificates.crt"} {
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("the Dockerfile has no %q", want)
		}
	}
	program, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(program); err != nil || z.Close() != nil || packed.Len() > 50<<20 {
		t.Errorf("%d bytes compressed, %v", packed.Len(), err)
	}
	t.Logf("%d MB compressed", packed.Len()>>20)
	box, err := os.MkdirTemp("", "plinth-image-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(box) })
	for _, d := range []string{"", "/data", "/tmp", "/project/migrations"} {
		if err := errors.Join(os.MkdirAll(box+d, 0o755), os.Chmod(box+d, 0o755)); err != nil {
			t.Fatal(err)
		}
	}
	migration, err := os.ReadFile("testdata/shipped/supabase/migrations/20260101000000_marks.sql")
	if err == nil {
		err = errors.Join(os.WriteFile(box+"/plinth", program, 0o755), os.WriteFile(box+"/project/migrations/20260101000000_marks.sql", migration, 0o644))
	}
	if err != nil {
		t.Fatal(err)
	}
	serveImage(t, box, text)
}

// serveImage starts the program of a box, as root under the image's own user.
func serveImage(t *testing.T, box string, dockerfile []byte) {
	t.Helper()
	line := regexp.MustCompile(`(?m)^ENV (.*)$`).FindSubmatch(dockerfile)
	if line == nil {
		t.Fatal("the Dockerfile has no ENV")
	}
	_, keys, _ := command(t, nil, "keys")
	env := append(strings.Fields(keys), "TMPDIR="+box+"/tmp")
	for _, v := range strings.Fields(string(line[1])) {
		env = append(env, strings.NewReplacer("=/", "="+box+"/", "0.0.0.0:8000", "127.0.0.1:0").Replace(v))
	}
	cmd := exec.Command(box+"/plinth", "serve")
	cmd.Dir, cmd.Env = "/", env
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65532, Gid: 65532}}
		if err := errors.Join(os.Chown(box+"/data", 65532, 65532), os.Chown(box+"/tmp", 65532, 65532)); err != nil {
			t.Fatal(err)
		}
	}
	p := &process{cmd: cmd, out: newTail(), log: newTail()}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go p.out.read(stdout)
	go p.log.read(stderr)
	t.Cleanup(p.kill)
	ready, ok := p.out.wait(readyLine.MatchString)
	if !ok {
		t.Fatalf("not ready: %v\n%s", p.wait(), p.log.last(20))
	}
	url := readyLine.FindStringSubmatch(ready)[1]
	for _, path := range []string{"/healthz", "/readyz"} {
		if code := get(t, url+path, "", nil); code != http.StatusOK {
			t.Errorf("%s: %d", path, code)
		}
	}
	p.stop(t)
}

// TestRelease makes the archive of this machine, or those that PLINTH_PROOF_TARGETS names, and
// looks at programs, sums and bills of materials.
func TestRelease(t *testing.T) {
	t.Parallel()
	targets := []string{"linux/amd64"}
	if more := strings.Fields(os.Getenv("PLINTH_PROOF_TARGETS")); len(more) > 0 {
		targets = more // minutes each, where nothing was compiled yet
	}
	out := t.TempDir()
	cmd := exec.CommandContext(t.Context(), root+"/scripts/release", out)
	cmd.Env = append(os.Environ(), "TARGETS="+strings.Join(targets, " "))
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	sums := exec.CommandContext(t.Context(), "sha256sum", "-c", "--strict", "SHA256SUMS")
	sums.Dir = out
	if text, err := sums.CombinedOutput(); err != nil || strings.Count(string(text), ": OK") != 2*len(targets) {
		t.Errorf("%v: %s", err, text)
	}
	for _, target := range targets {
		name := strings.ReplaceAll(target, "/", "-")
		bills, _ := filepath.Glob(out + "/*-" + name + ".cdx.json")
		archives, _ := filepath.Glob(out + "/*-" + name + ".tar.gz")
		if len(bills) != 1 || len(archives) != 1 {
			t.Fatalf("%s: %q and %q", target, bills, archives)
		}
		text, err := os.ReadFile(bills[0])
		var bill struct {
			Components []struct{ Name, Version string }
		}
		if err == nil {
			err = json.Unmarshal(text, &bill)
		}
		if err != nil || !strings.Contains(string(text), "modernc.org/sqlite") || len(bill.Components) < 20 {
			t.Errorf("%s: %d components, %v", target, len(bill.Components), err)
		}
		isProgramFor(t, archives[0], target)
	}
}

// isProgramFor looks at the program in an archive.
func isProgramFor(t *testing.T, archive, target string) {
	t.Helper()
	dir := t.TempDir()
	untar(t, archive, dir)
	programs, _ := filepath.Glob(dir + "/*/plinth")
	if len(programs) != 1 {
		t.Fatalf("%s: %q", archive, programs)
	}
	if cpu, ok := map[string]macho.Cpu{"darwin/amd64": macho.CpuAmd64, "darwin/arm64": macho.CpuArm64}[target]; ok {
		f, err := macho.Open(programs[0])
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if f.Cpu != cpu || f.Type != macho.TypeExec {
			t.Errorf("%s: %s for %s", archive, f.Type, f.Cpu)
		}
		return
	}
	f, err := elf.Open(programs[0])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
			t.Errorf("%s: the program needs a loader", archive)
		}
	}
	if want := map[string]elf.Machine{"linux/amd64": elf.EM_X86_64, "linux/arm64": elf.EM_AARCH64}[target]; f.Machine != want {
		t.Errorf("%s: a program for %s", archive, f.Machine)
	}
}

// TestDeployFiles parses what lies in deploy/, renders the chart, and looks at what a
// cluster must not miss.
func TestDeployFiles(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(root + "/deploy/compose/*.yml")
	if err != nil || len(files) != 2 {
		t.Fatal(files, err)
	}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var doc struct {
			Services map[string]map[string]any
			Volumes  map[string]any
		}
		if err := yaml.Unmarshal(text, &doc); err != nil || len(doc.Services) == 0 {
			t.Fatalf("%s: %v", path, err)
		}
		for name, s := range doc.Services {
			if s["image"] == nil {
				t.Errorf("%s: %s has no image", path, name)
			}
			if strings.HasPrefix(name, "node") || name == "plinth" {
				if s["read_only"] != true || s["stop_grace_period"] != "30s" || fmt.Sprint(s["cap_drop"]) != "[ALL]" {
					t.Errorf("%s: %s is not read-only, without rights, and given time to end", path, name)
				}
			}
		}
	}
	kinds := map[string]int{}
	for _, doc := range renderChart(t, map[string]any{"connections": 5000, "ingress": true}) {
		kinds[doc["kind"].(string)]++
	}
	if want := map[string]int{"Deployment": 1, "Service": 1, "HorizontalPodAutoscaler": 1, "PodDisruptionBudget": 1, "Ingress": 1}; !reflect.DeepEqual(kinds, want) {
		t.Errorf("the chart makes %v, want %v", kinds, want)
	}
	kinds = map[string]int{}
	for _, doc := range renderChart(t, map[string]any{}) {
		kinds[doc["kind"].(string)]++
	}
	if kinds["Ingress"] != 0 || kinds["HorizontalPodAutoscaler"] != 1 {
		t.Errorf("by its own values it makes %v", kinds)
	}
}

// renderChart renders the chart with the few of Helm's functions that it uses. It is not
// Helm, which docs/deploy.md says.
func renderChart(t *testing.T, set map[string]any) []map[string]any {
	t.Helper()
	dir := root + "/deploy/helm/plinth"
	text, err := os.ReadFile(dir + "/values.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var values map[string]any
	if err := yaml.Unmarshal(text, &values); err != nil {
		t.Fatal(err)
	}
	if set["connections"] != nil {
		values["autoscaling"].(map[string]any)["connections"] = set["connections"]
	}
	if set["ingress"] != nil {
		values["ingress"] = map[string]any{"enabled": true, "className": "nginx", "host": "app.example.com", "tlsSecret": "tls"}
	}
	tpl := template.New("").Option("missingkey=error")
	tpl.Funcs(template.FuncMap{
		"include": func(name string, data any) (string, error) {
			var b strings.Builder
			err := tpl.ExecuteTemplate(&b, name, data)
			return strings.Trim(b.String(), "\n"), err
		},
		"nindent": func(n int, s string) string {
			pad := "\n" + strings.Repeat(" ", n)
			return pad + strings.ReplaceAll(s, "\n", pad)
		},
		"toYaml": func(v any) (string, error) {
			b, err := yaml.Marshal(v)
			return strings.TrimSuffix(string(b), "\n"), err
		},
		"default": func(def, v any) any {
			if v == nil || reflect.ValueOf(v).IsZero() {
				return def
			}
			return v
		},
		"quote": func(v any) string { return fmt.Sprintf("%q", fmt.Sprint(v)) },
		"add":   func(a, b int) int { return a + b },
		"trunc": func(n int, s string) string { return s[:min(n, len(s))] },
		"trimSuffix": func(suffix, s string) string {
			return strings.TrimSuffix(s, suffix)
		},
		"required": func(what string, v any) (any, error) {
			if v == "" {
				return nil, errors.New(what)
			}
			return v, nil
		},
	})
	if _, err := tpl.ParseGlob(dir + "/templates/*"); err != nil {
		t.Fatal(err)
	}
	data := map[string]any{"Values": values, "Chart": map[string]any{"AppVersion": "1"}, "Release": map[string]any{"Name": "app"}}
	var out []map[string]any
	for _, part := range tpl.Templates() {
		if !strings.HasSuffix(part.Name(), ".yaml") {
			continue
		}
		var b bytes.Buffer
		if err := part.Execute(&b, data); err != nil {
			t.Fatal(err)
		}
		var doc map[string]any
		if err := yaml.Unmarshal(b.Bytes(), &doc); err != nil {
			t.Fatalf("%s: %v\n%s", part.Name(), err, b.String())
		}
		if doc != nil {
			out = append(out, doc)
		}
	}
	return out
}

// TestUnit lets systemd read the unit, and runs its command's flags.
func TestUnit(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(root + "/deploy/systemd/plinth.service")
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^ExecStart=(\S+) (.*)$`).FindSubmatch(text)
	if line == nil {
		t.Fatal("the unit has no ExecStart")
	}
	unit := filepath.Join(t.TempDir(), "plinth.service")
	here, err := filepath.Abs(binary)
	if err == nil {
		err = os.WriteFile(unit, bytes.Replace(text, line[1], []byte(here), 1), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("systemd-analyze"); err == nil { // a machine without systemd has none
		if out, err := exec.CommandContext(t.Context(), "systemd-analyze", "verify", "--man=no", unit).CombinedOutput(); err != nil || bytes.Contains(out, []byte("plinth.service:")) {
			t.Errorf("systemd-analyze: %v: %s", err, out)
		}
	}
	_, keys, _ := command(t, nil, "keys")
	args := strings.NewReplacer("/etc/plinth/project", "testdata/shipped", "/var/lib/plinth", t.TempDir(), "127.0.0.1:8000", "127.0.0.1:0").Replace(string(line[2]))
	p := start(t, strings.Fields(keys), strings.Fields(args)...)
	p.stop(t)
}
