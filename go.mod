module github.com/user/millrace

go 1.25.0

require github.com/puzpuzpuz/xsync/v3 v3.5.1

require go.uber.org/atomic v1.12.0

require (
	github.com/stretchr/testify v1.12.1
	go.yaml.in/yaml/v3 v3.0.5 // indirect
)
