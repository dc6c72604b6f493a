/* The version of the library. CMakeLists.txt reads it from here: this is its only home. */
#ifndef JIRASEND_VERSION_H
#define JIRASEND_VERSION_H

#define JIRASEND_VERSION "0.1.0"

#endif
