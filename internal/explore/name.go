//go:build model

package explore

import (
	"fmt"
	"reflect"
	"strings"
)

// A named is what a scenario wants to be named in stories.
type named struct {
	name string
	ptr  any
}

// A part is a value inside what is named, or reached from there.
type part struct {
	name string
	v    reflect.Value
	of   string // name of the struct whose first field it is: they have one address
}

// name names the words in *ptr and those that can be reached from there, by the shortest paths.
func (s *storyteller) name(root named) {
	queue := []part{{name: root.name, v: reflect.ValueOf(root.ptr)}}
	met := map[uintptr]bool{}
	for len(queue) > 0 && len(met) < 1000 {
		p := queue[0]
		queue = queue[1:]
		switch v := p.v; v.Kind() {
		case reflect.Pointer:
			if !v.IsNil() && !met[v.Pointer()] {
				met[v.Pointer()] = true
				queue = append(queue, part{name: p.name, v: v.Elem()})
			}
		case reflect.Interface:
			queue = append(queue, part{name: p.name, v: v.Elem()})
		case reflect.Slice, reflect.Array:
			for i := range min(v.Len(), 64) {
				queue = append(queue, part{name: fmt.Sprintf("%s[%d]", p.name, i), v: v.Index(i)})
			}
		case reflect.Struct:
			if v.CanAddr() && s.names[v.UnsafeAddr()] == p.of {
				s.names[v.UnsafeAddr()] = p.name
			}
			queue = append(queue, p.fields()...)
		}
	}
}

// fields returns the parts of a struct. A word, lock or pointer of internal is one thing.
func (p part) fields() []part {
	var fields []part
	pkg := p.v.Type().PkgPath()
	word := strings.HasSuffix(pkg, "/atomics") || strings.HasSuffix(pkg, "/atomic") || strings.HasSuffix(pkg, "/threads")
	for i := range p.v.NumField() {
		f := part{name: p.name, v: p.v.Field(i)}
		if f.v.Kind() == reflect.UnsafePointer {
			continue
		}
		if !word {
			f.name += "." + p.v.Type().Field(i).Name
		}
		if i == 0 {
			f.of = p.name
		}
		fields = append(fields, f)
	}
	return fields
}
