package watchdog

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestStackOfIsThatOfTheNumber(t *testing.T) {
	stacks := Stacks("goroutine 12 [running]:\nmain.twelve()\n\ngoroutine 1 [running]:\nmain.one()\n")
	assert.Contains(t, string(stacks.Of(12)), "main.twelve()")
	assert.Contains(t, string(stacks.Of(1)), "main.one()")
	assert.NotContains(t, string(stacks.Of(1)), "main.twelve()")
	assert.Empty(t, stacks.Of(2))
	assert.Empty(t, stacks.Of(0))
}

func TestStacksContainingIsTheOneWithTheText(t *testing.T) {
	stacks := Stacks("goroutine 12 [running]:\nmain.twelve()\n\ngoroutine 1 [running]:\nmain.one()\n")
	assert.Equal(t, "goroutine 12 [running]:\nmain.twelve()", string(stacks.Containing([]byte("twelve"))))
	assert.Nil(t, stacks.Containing([]byte("three")))
}

func TestGoroutineNumberFindsTheOwnStack(t *testing.T) {
	assert.Contains(t, string(allStacks().Of(GoroutineNumber())), t.Name())
}
