module github.com/user/millrace

go 1.26

require github.com/puzpuzpuz/xsync/v3 v3.5.1

require go.uber.org/atomic v1.12.0
