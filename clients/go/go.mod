module qsms

go 1.19
