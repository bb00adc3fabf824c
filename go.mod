module github.com/user/millrace

go 1.26
