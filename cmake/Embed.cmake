# Turns files into one C source with their bytes, by CMake alone:
#   cmake -DOUTPUT=page_files.c -DPREFIX=sb_page -DROOT=. -DFILES=native/page/dom.js,… -P Embed.cmake
# The source defines PREFIX_files and PREFIX_file_count as the header page.h of its program declares
# them; each file goes by its name without folder.
string(REPLACE "," ";" files "${FILES}")
set(arrays "")
set(table "")
set(index 0)
foreach(file IN LISTS files)
  file(READ "${ROOT}/${file}" hex HEX)
  get_filename_component(name "${file}" NAME)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  # A line break after every sixteen bytes; some tools choke on one line of a megabyte.
  set(byte "0x[0-9a-f][0-9a-f],")
  string(REGEX REPLACE "(${byte}${byte}${byte}${byte}${byte}${byte}${byte}${byte}${byte}${byte}${byte}${byte}${byte}${byte}${byte}${byte})"
         "\\1\n" bytes "${bytes}")
  # The zero at the end keeps an empty file from making an empty array, which C has not.
  string(APPEND arrays "static const unsigned char file_${index}[] = {\n${bytes}0x00};\n")
  string(APPEND table "    {\"${name}\", file_${index}, sizeof file_${index} - 1},\n")
  math(EXPR index "${index} + 1")
endforeach()
file(WRITE "${OUTPUT}.new"
"/* Made by cmake/Embed.cmake from the files of the page. Change those, not this. */
#include \"page.h\"

${arrays}
const ${PREFIX}_file ${PREFIX}_files[] = {
${table}};
const size_t ${PREFIX}_file_count = ${index};
")
file(RENAME "${OUTPUT}.new" "${OUTPUT}")
