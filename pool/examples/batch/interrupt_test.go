//go:build unix

package main

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// build returns the path of the program.
func build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "batch")
	out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
	require.NoError(t, err, "%s", out)
	return path
}

// start starts the program on a folder that takes hours.
func start(t *testing.T, args ...string) (cmd *exec.Cmd, stdout *bufio.Reader, stderr io.Reader, dir string) {
	t.Helper()
	dir = endlessTree(t)
	cmd = exec.CommandContext(t.Context(), build(t), append(args, dir)...)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	errs, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	return cmd, bufio.NewReader(out), errs, dir
}

func TestCtrlCStopsTheProgram(t *testing.T) {
	cmd, stdout, stderr, dir := start(t, "-workers", "2", "-grace", "0")
	first, err := stdout.ReadString('\n')
	require.NoError(t, err)
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	said, err := io.ReadAll(stderr)
	require.NoError(t, err)
	rest, err := io.ReadAll(stdout)
	require.NoError(t, err)
	assert.Equal(t, exitInterrupted, exitCode(t, cmd), "exit status")
	want := wantSums(t, filepath.Join(dir, "a"))
	assert.Equal(t, want, first+string(rest))
	for _, part := range []string{"batch: stopping: ", "interrupted: 1 of 2 files done, 1 left, the first of them " + filepath.Join(dir, "z")} {
		assert.Contains(t, string(said), part)
	}
}

// Method: the grace is endless, and the second signal follows the program's message
// about the first.
func TestSecondCtrlCEndsTheProgramAtOnce(t *testing.T) {
	cmd, stdout, stderr, _ := start(t, "-workers", "2", "-grace", "1000h")
	_, err := stdout.ReadString('\n')
	require.NoError(t, err)
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	line, err := bufio.NewReader(stderr).ReadString('\n')
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(line, "batch: stopping: "), "stderr says %q", line)
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	exitCode(t, cmd)
	status := cmd.ProcessState.Sys().(syscall.WaitStatus)
	assert.True(t, status.Signaled(), "it ended with %v", cmd.ProcessState)
	assert.Equal(t, syscall.SIGINT, status.Signal(), "it ended with %v", cmd.ProcessState)
}

func exitCode(t *testing.T, cmd *exec.Cmd) int {
	t.Helper()
	if err := cmd.Wait(); err != nil {
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit)
	}
	return cmd.ProcessState.ExitCode()
}
