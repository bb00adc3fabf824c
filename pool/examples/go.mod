module github.com/user/millrace/pool/examples

go 1.26

replace github.com/user/millrace => ../..
