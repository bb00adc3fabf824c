//go:build unix

package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// build returns the path of the program.
func build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "batch")
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// start starts the program on a folder it will not be done with.
func start(t *testing.T, args ...string) (cmd *exec.Cmd, stdout *bufio.Reader, stderr io.Reader, dir string) {
	t.Helper()
	dir = endlessTree(t)
	cmd = exec.CommandContext(t.Context(), build(t), append(args, dir)...)
	out, err := cmd.StdoutPipe()
	must(t, err)
	errs, err := cmd.StderrPipe()
	must(t, err)
	must(t, cmd.Start())
	return cmd, bufio.NewReader(out), errs, dir
}

func TestCtrlCStopsTheProgram(t *testing.T) {
	cmd, stdout, stderr, dir := start(t, "-workers", "2", "-grace", "0")
	first, err := stdout.ReadString('\n')
	must(t, err)
	must(t, cmd.Process.Signal(os.Interrupt))
	said, err := io.ReadAll(stderr)
	must(t, err)
	rest, err := io.ReadAll(stdout)
	must(t, err)
	if code := exitCode(t, cmd); code != exitInterrupted {
		t.Errorf("exit status %d, want %d", code, exitInterrupted)
	}
	if want := wantSums(t, filepath.Join(dir, "a")); first+string(rest) != want {
		t.Errorf("sums are\n%s%s\nwant\n%s", first, rest, want)
	}
	for _, part := range []string{"batch: stopping: ", "interrupted: 1 of 2 files done, 1 left, the first of them " + filepath.Join(dir, "z")} {
		if !bytes.Contains(said, []byte(part)) {
			t.Errorf("stderr does not say %q:\n%s", part, said)
		}
	}
}

// Method: the grace is endless, and the second signal is sent once the program
// said that it took the first.
func TestSecondCtrlCEndsTheProgramAtOnce(t *testing.T) {
	cmd, stdout, stderr, _ := start(t, "-workers", "2", "-grace", "1000h")
	_, err := stdout.ReadString('\n')
	must(t, err)
	must(t, cmd.Process.Signal(os.Interrupt))
	line, err := bufio.NewReader(stderr).ReadString('\n')
	must(t, err)
	if !strings.HasPrefix(line, "batch: stopping: ") {
		t.Fatalf("stderr says %q", line)
	}
	must(t, cmd.Process.Signal(os.Interrupt))
	exitCode(t, cmd)
	if status := cmd.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != syscall.SIGINT {
		t.Errorf("it ended with %v, want the signal", cmd.ProcessState)
	}
}

func exitCode(t *testing.T, cmd *exec.Cmd) int {
	t.Helper()
	if err := cmd.Wait(); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			t.Fatal(err)
		}
	}
	return cmd.ProcessState.ExitCode()
}
