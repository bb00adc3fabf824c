package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

// tree makes a folder of n Go files, the i-th of which has i + 2 identifiers.
func tree(t *testing.T, n int) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for i := range n {
		src := "package p // not an identifier\nvar " + strings.Repeat("x, ", i) + "y int\n"
		require.NoError(t, os.WriteFile(filepath.Join(dir, fmt.Sprintf("%03d.go", i)), []byte(src), 0o644))
	}
	return dir
}

// built returns the index of n files and some urgent ones. One worker builds it, so
// that there is one order.
func built(t *testing.T, n, urgent int, opts ...pool.Option) *index {
	t.Helper()
	paths, err := goFiles(tree(t, n), n)
	require.NoError(t, err)
	x := &index{paths: paths, urgents: urgent}
	require.NoError(t, x.build(t.Context(), 1, opts...))
	return x
}

func TestEveryFileIsIndexedForEveryUser(t *testing.T) {
	for _, opts := range [][]pool.Option{nil, {pool.WithPriority()}, {pool.WithPriorityAging(10)}} {
		x := built(t, 100, 7, opts...)
		count := map[class]int{}
		want := 0
		ranks := map[int]bool{}
		for _, j := range x.jobs {
			count[j.class]++
			ranks[j.rank] = true
			i := slices.Index(x.paths, j.path)
			want += i + 3 // the package's name and int too, and not the keywords
		}
		if count[background] != 100 || count[normal] != 100 || count[urgent] != 7 || len(ranks) != 207 {
			t.Errorf("there are %v in %d ranks", count, len(ranks))
		}
		assert.Equal(t, int64(want), x.idents.Load(), "identifiers")
	}
}

func TestFilesStartInOrderWithoutPriorities(t *testing.T) {
	for i, j := range built(t, 100, 7).jobs {
		assert.Equal(t, i+1, j.rank, "job %d started as number %d", i+1, j.rank)
	}
}

func TestLargerPriorityStartsFirst(t *testing.T) {
	jobs := built(t, 100, 7, pool.WithPriority()).jobs
	overtook := 0
	for _, waiting := range jobs {
		for _, j := range jobs {
			if j.class < waiting.class && j.rank > waiting.ahead && j.rank < waiting.rank {
				t.Errorf("%v started as number %d, while %v waited, from %d to %d", j.class, j.rank, waiting.class, waiting.ahead, waiting.rank)
			}
			if j.class < waiting.class && j.ahead < waiting.ahead && j.rank > waiting.rank {
				overtook++
			}
		}
		if waiting.class == urgent && waiting.behind() > 0 {
			t.Errorf("an urgent one waited behind %d", waiting.behind())
		}
	}
	assert.NotZero(t, overtook, "none came before an older one")
}

// Goal: a job is overtaken fewer times than aging times the levels that its priority
// is lower. Background jobs do not wait for the last normal one.
func TestBackgroundProgressesWithAging(t *testing.T) {
	const aging = 3
	jobs := built(t, 100, 7, pool.WithPriorityAging(aging)).jobs
	lastNormal := 0
	for i, waiting := range jobs {
		overtaken := 0
		for _, j := range jobs[i+1:] {
			if j.rank < waiting.rank {
				overtaken++
			}
		}
		bound := aging * int(urgent-waiting.class)
		assert.Less(t, overtaken, max(bound, 1),
			"%v was overtaken by %d newer ones, the bound is %d", waiting.class, overtaken, bound)
		if waiting.class == normal {
			lastNormal = max(lastNormal, waiting.rank)
		}
	}
	late := 0
	for _, j := range jobs {
		if j.class == background && j.rank > lastNormal {
			late++
		}
	}
	assert.LessOrEqual(t, late, 10, "tasks in the background waited for the last normal one")
}

func TestRunReportsEachKindOfQueue(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), &out, config{workers: 1, files: 50, urgent: 5, aging: 10, root: tree(t, 60)}))
	ways := strings.Split(out.String(), "\nwith")
	if len(ways) != 4 ||
		ways[0] != "50 files in the background, as many normal ones and 5 urgent ones, on 1 workers\n" ||
		!strings.HasPrefix(ways[1], "out priorities\n") ||
		!strings.HasPrefix(ways[2], " priorities\n") ||
		!strings.HasPrefix(ways[3], " priorities, and aging by 10\n") {
		t.Fatalf("it says\n%s", out.String())
	}
	atOnce := regexp.MustCompile(`(?m)^ +urgent +10 +\S+ +\S+ +0 +0$`) // behind none
	for i, way := range ways[1:] {
		got, want := atOnce.MatchString(way), i > 0
		assert.Equal(t, want, got, "urgent files were processed at once: %v\n%s", got, way)
		for _, class := range []string{"  normal         5  ", "background         1  "} {
			assert.Equal(t, 1, strings.Count(way, class), "there is no %q in\n%s", class, way)
		}
	}
}

func TestRunReturnsErrors(t *testing.T) {
	dir := tree(t, 3)
	unreadable := filepath.Join(dir, "missing")
	for _, test := range []struct {
		cfg  config
		want string
	}{
		{config{workers: -1, files: 3, aging: 1, root: dir}, "Workers = -1"},
		{config{workers: 1, files: 3, aging: 0, root: dir}, "aging"},
		{config{workers: 1, files: 3, aging: 1, root: unreadable}, unreadable},
		{config{workers: 1, files: 3, aging: 1, root: t.TempDir()}, "no Go files in "},
	} {
		err := run(t.Context(), new(bytes.Buffer), test.cfg)
		if assert.Error(t, err, test.cfg) {
			assert.Contains(t, strings.ToLower(err.Error()), strings.ToLower(test.want), test.cfg)
		}
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := run(ctx, new(bytes.Buffer), config{workers: 2, files: 50, urgent: 5, aging: 10, root: tree(t, 60)})
	if !errors.Is(err, pool.ErrStopped) && !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}

func TestOrderShowsUrgentJobsOrTheMajority(t *testing.T) {
	var jobs []*job
	for rank := range 150 { // three a letter
		c := background
		if rank >= 75 {
			c = normal
		}
		if rank == 10 {
			c = urgent
		}
		jobs = append(jobs, &job{class: c, rank: rank + 1})
	}
	slices.Reverse(jobs)
	want := "bbbU" + strings.Repeat("b", 21) + strings.Repeat("n", 25)
	assert.Equal(t, want, order(jobs))
}
