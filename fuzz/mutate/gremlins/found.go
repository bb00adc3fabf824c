package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A found is what came of a hunt, as kept in the folder -out.
type found struct {
	Target  string
	Mutants int            // that compile
	Ends    map[string]int // how they ended, and how many so
	Lived   []mutant
}

// A mutant is a change of one operator.
type mutant struct {
	File string
	Line int
	mark
}

// A mark tells a mutant from others, wherever the line may move to.
type mark struct {
	Type   string
	Column int    // of the operator in the text
	Text   string // the line, trimmed
}

// read makes a found of gremlins' answer and the log of the stand-in.
func read(t *target, tree, answer, log string) (*found, error) {
	var said struct {
		Files []struct {
			Name      string `json:"file_name"`
			Mutations []struct {
				Type, Status string
				Line, Column int
			}
		}
	}
	content, err := os.ReadFile(answer)
	if err == nil {
		err = json.Unmarshal(content, &said)
	}
	if err != nil {
		return nil, err
	}
	f := &found{Target: t.name, Ends: map[string]int{}}
	for _, file := range said.Files {
		name := filepath.Join(t.dir, file.Name)
		source, err := os.ReadFile(filepath.Join(tree, name))
		if err != nil {
			return nil, err
		}
		lines := strings.Split(string(source), "\n")
		for _, m := range file.Mutations {
			switch m.Status {
			case "KILLED", "NOT VIABLE":
			case "LIVED":
				text := strings.TrimLeft(lines[m.Line-1], "\t")
				column := m.Column - (len(lines[m.Line-1]) - len(text))
				f.Lived = append(f.Lived, mutant{name, m.Line, mark{m.Type, column, text}})
			default:
				return nil, fmt.Errorf("%s:%d:%d: gremlins says %q", name, m.Line, m.Column, m.Status)
			}
		}
	}
	ends, err := os.ReadFile(log)
	if err != nil {
		return nil, err
	}
	for how := range strings.SplitSeq(strings.TrimSpace(string(ends)), "\n") {
		f.Ends[how]++
		if how != broken {
			f.Mutants++
		}
	}
	return f, nil
}

func (f *found) save(out string) error {
	content, err := json.MarshalIndent(f, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, f.Target+".json"), content, 0o644)
}

func load(out, name string) (*found, error) {
	f := new(found)
	content, err := os.ReadFile(filepath.Join(out, name+".json"))
	if err == nil {
		err = json.Unmarshal(content, f)
	}
	return f, err
}
