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

// name names the words in what ptr points at, and what can be reached from there, by the
// shortest ways.
func (s *storyteller) name(root named) {
	type place struct {
		name string
		v    reflect.Value
	}
	queue := []place{{root.name, reflect.ValueOf(root.ptr)}}
	met := map[uintptr]bool{}
	for len(queue) > 0 && len(met) < 1000 {
		p := queue[0]
		queue = queue[1:]
		switch v := p.v; v.Kind() {
		case reflect.Pointer:
			if !v.IsNil() && !met[v.Pointer()] {
				met[v.Pointer()] = true
				queue = append(queue, place{p.name, v.Elem()})
			}
		case reflect.Interface:
			queue = append(queue, place{p.name, v.Elem()})
		case reflect.Slice, reflect.Array:
			for i := range min(v.Len(), 64) {
				queue = append(queue, place{fmt.Sprintf("%s[%d]", p.name, i), v.Index(i)})
			}
		case reflect.Struct:
			if v.CanAddr() && s.names[v.UnsafeAddr()] == "" {
				s.names[v.UnsafeAddr()] = p.name
			}
			for i := range v.NumField() {
				f := v.Type().Field(i)
				name := p.name + "." + f.Name
				if atomic := strings.HasSuffix(v.Type().PkgPath(), "/atomic"); atomic || strings.HasSuffix(v.Type().PkgPath(), "/atomics") {
					name = p.name // a pointer is what it points at
					if atomic && f.Type.Kind() == reflect.UnsafePointer {
						continue
					}
				}
				queue = append(queue, place{name, v.Field(i)})
			}
		}
	}
}
