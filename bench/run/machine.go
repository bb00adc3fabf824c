package run

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/shirou/gopsutil/v4/cpu"
	"github.com/shirou/gopsutil/v4/host"
	"github.com/shirou/gopsutil/v4/load"
	"github.com/shirou/gopsutil/v4/mem"

	"github.com/user/millrace/bench/report"
)

// machine describes this machine. It omits what the system does not tell.
func machine() report.Machine {
	m := report.Machine{
		Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH,
		CPU: "unknown", Processors: runtime.NumCPU(),
	}
	if cpus, err := cpu.Info(); err == nil && len(cpus) > 0 {
		m.CPU = strings.TrimSpace(cpus[0].ModelName)
	}
	if v, err := mem.VirtualMemory(); err == nil {
		m.Memory = int64(v.Total)
	}
	m.Kernel, _ = host.KernelVersion()
	if avg, err := load.Avg(); err == nil {
		m.Load = fmt.Sprintf("%.2f", avg.Load1)
	}
	return m
}

// source returns the command of this run, and the version or commit of its source. A module
// that go run downloaded has a version and a checksum.
func source(ctx context.Context) (command, commit string) {
	command = strings.Join(os.Args[1:], " ")
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Sum == "" {
		return command, head(ctx)
	}
	return strings.TrimSpace("go run " + info.Path + "@" + info.Main.Version + " " + command), info.Main.Version
}

// head returns the commit of the repository around the current folder, "" if there is none.
func head(ctx context.Context) string {
	hash, err := exec.CommandContext(ctx, "git", "rev-parse", "--short=12", "HEAD").Output()
	if err != nil {
		return ""
	}
	id := strings.TrimSpace(string(hash))
	if changes, err := exec.CommandContext(ctx, "git", "status", "--porcelain", "-uno").Output(); err != nil || len(changes) > 0 {
		id += "+"
	}
	return id
}
