module driver

go 1.19

require qsms v0.0.0

replace qsms => ../../../../clients/go
