# Put in front of the example: a version that is never there.
find_package(jirasend 99.0 REQUIRED)
