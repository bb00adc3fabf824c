package copied

// sources are what is copied, each package once.
var sources = []source{
	{
		name:   "workiva",
		module: "github.com/Workiva/go-datastructures",
		dir:    "queue",
		files:  []string{"ring.go", "error.go"},
	},
	{
		name:   "xsync3",
		module: "github.com/puzpuzpuz/xsync/v3",
		files:  []string{"mpmcqueueof.go", "spscqueueof.go"},
		edits:  []edit{{"cacheLineSize", "64", "its constant stands among what the queues do not need"}},
	},
	{
		name:   "xsync4",
		module: "github.com/puzpuzpuz/xsync/v4",
		files:  []string{"mpmcqueue.go", "spscqueue.go", "umpscqueue.go"},
		edits: []edit{
			{"cacheLineSize", "64", "its constant stands among what the queues do not need"},
			{"nextPowOf2(uint64(capacity))", "uint64(1) << bits.Len64(uint64(capacity)-1)", "the same"},
			{"const segmentSize = 1 << 12", "const segmentSize = 2", "to come to its end in a few steps"},
		},
	},
	{
		name:   "lscq",
		module: "github.com/bytedance/gopkg",
		dir:    "collection/lscq",
		files:  []string{"lscq.go", "util.go"},
		edits: []edit{
			{"scqsize       = 1 << 16", "scqsize       = 1 << 1", "to come to its end in a few steps"},
			{"unsafe.Sizeof(cpu.CacheLinePad{})", "64", "saves a module"},
			{"import (\n\t\"unsafe\"\n\n\t\"golang.org/x/sys/cpu\"\n)\n", "", "the same"},
			{"\tdata  unsafe.Pointer\n}", "\tdata  unsafe.Pointer\n\tversion uint64\n}", "a word that stands for both, see lscq_words.go"},
			{"atomic.LoadUint64(&entAddr.flags)", "loadFlags(entAddr)", "the same"},
			{
				"\tconst cacheLineSize = cacheLineSize / 2\n\trawIndex := index & uint64(scqsize-1)\n",
				"\treturn index & uint64(scqsize-1)\n}\n\nfunc _(rawIndex uint64) uint64 {\n\tconst scqsize = 1 << 16\n",
				"where slots lie does not matter, and so few cannot be spread over lines",
			},
		},
		own: []string{"lscq_words.go"},
	},
	{
		name:   "otterqueue",
		module: "github.com/maypok86/otter/v2",
		dir:    "internal/deque/queue",
		files:  []string{"mpsc.go"},
		edits: []edit{
			{"\n\t\"github.com/maypok86/otter/v2/internal/xmath\"\n\t\"github.com/maypok86/otter/v2/internal/xruntime\"\n", "\n\t\"math/bits\"\n\t\"runtime\"\n", "they are internal"},
			{"xruntime.CacheLineSize", "64", "the same"},
			{"xmath.RoundUpPowerOf2(initialCapacity)", "uint32(1) << bits.Len32(initialCapacity-1)", "the same"},
			{"xmath.RoundUpPowerOf2(maxCapacity)", "uint32(1) << bits.Len32(maxCapacity-1)", "the same"},
			{"if pIndex&1 == 1 {\n", "if pIndex&1 == 1 {\n\t\t\truntime.Gosched()\n", "a loop that waits"},
			{"for v == nil {\n", "for v == nil {\n\t\t\truntime.Gosched()\n", "a loop that waits"},
		},
		own: []string{"otter.go"},
	},
	{
		name:  "poolqueue",
		dir:   "sync",
		files: []string{"poolqueue.go"},
		edits: []edit{{"const initSize = 8", "const initSize = 2", "to come to its end in a few steps"}},
		own:   []string{"poolqueue_export.go", "standard.go"},
	},
	{
		name:   "gopool",
		module: "github.com/bytedance/gopkg",
		dir:    "util/gopool",
		files:  []string{"pool.go", "worker.go", "config.go"},
		edits: []edit{
			{"\"github.com/bytedance/gopkg/util/logger\"", "\"github.com/user/millrace/internal/threads\"", "a goroutine is started where the explorer sees it"},
			{"go func() {\n\t\tfor {", "threads.Go(func() {\n\t\tfor {", "the same"},
			{"\t\t}\n\t}()\n}\n", "\t\t}\n\t})\n}\n", "the same"},
			{"logger.CtxErrorf(t.ctx, msg)", "panic(msg)", "the explorer calls it a failure"},
		},
		own: []string{"gopool_model_test.go"},
	},
}
