module github.com/user/millrace/pool/poolenv

go 1.26.0

replace github.com/user/millrace => ../..

require (
	github.com/caarlos0/env/v11 v11.4.2
	github.com/user/millrace v0.0.0-00010101000000-000000000000
)

require (
	github.com/puzpuzpuz/xsync/v3 v3.5.1 // indirect
	go.uber.org/atomic v1.12.0 // indirect
)
