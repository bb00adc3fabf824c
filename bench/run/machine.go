package run

import (
	"context"
	"fmt"
	"os/exec"
	"runtime"
	"strings"

	"github.com/shirou/gopsutil/v4/cpu"
	"github.com/shirou/gopsutil/v4/host"
	"github.com/shirou/gopsutil/v4/load"
	"github.com/shirou/gopsutil/v4/mem"

	"github.com/user/millrace/bench/report"
)

// machine describes the one this runs on. What the system does not tell is left out.
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

// commit returns that of the source, "" if git does not know.
func commit(ctx context.Context) string {
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
