# saccade_embed_web(VARIABLE): an assembler file that takes the files of web/ into the program, each as it is and
# compressed, and a C++ table of them (server/web_files.h). Fast to build, whatever their size.
find_program(SACCADE_GZIP gzip REQUIRED)

function(saccade_embed_web variable)
  file(GLOB files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/web/*.html ${PROJECT_SOURCE_DIR}/web/*.css
       ${PROJECT_SOURCE_DIR}/web/*.js ${PROJECT_SOURCE_DIR}/web/*.svg ${PROJECT_SOURCE_DIR}/web/*.woff2
       ${PROJECT_SOURCE_DIR}/web/openapi.json)
  set(assembler "  .section .rodata\n")
  set(declarations "")
  set(rows "")
  set(packed_files "")
  set(number 0)
  foreach(file IN LISTS files)
    get_filename_component(name ${file} NAME)
    set(packed ${CMAKE_CURRENT_BINARY_DIR}/web/${name}.gz)
    add_custom_command(OUTPUT ${packed} DEPENDS ${file}
                       COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_CURRENT_BINARY_DIR}/web
                       COMMAND ${SACCADE_GZIP} -9 -n -c ${file} > ${packed} VERBATIM)
    list(APPEND packed_files ${packed})
    foreach(kind plain gzip)
      set(symbol saccade_web_${number}_${kind})
      set(content ${file})
      if(kind STREQUAL gzip)
        set(content ${packed})
      endif()
      string(APPEND assembler "  .global ${symbol}\n  .global ${symbol}_end\n${symbol}:\n  .incbin \"${content}\"\n"
                              "${symbol}_end:\n  .byte 0\n")
      string(APPEND declarations "extern const char ${symbol}[], ${symbol}_end[];\n")
    endforeach()
    set(symbol saccade_web_${number})
    string(APPEND rows "    {\"${name}\", {${symbol}_plain, static_cast<std::size_t>(${symbol}_plain_end - ${symbol}_plain)},\n"
                       "     {${symbol}_gzip, static_cast<std::size_t>(${symbol}_gzip_end - ${symbol}_gzip)}},\n")
    math(EXPR number "${number} + 1")
  endforeach()
  string(APPEND assembler "  .section .note.GNU-stack,\"\",%progbits\n")
  set(base ${CMAKE_CURRENT_BINARY_DIR}/embedded_web)
  file(CONFIGURE OUTPUT ${base}.S CONTENT "${assembler}" @ONLY)
  file(CONFIGURE OUTPUT ${base}.cpp @ONLY CONTENT "// The files of web/ in the program.
#include \"saccade/server/web_files.h\"

extern \"C\" {
${declarations}}

namespace saccade {

const EmbeddedFile kEmbeddedFiles[] = {
${rows}};
const std::size_t kEmbeddedFileCount = ${number};

}  // namespace saccade
")
  set_source_files_properties(${base}.S PROPERTIES OBJECT_DEPENDS "${files};${packed_files}")
  set(${variable} ${base}.S ${base}.cpp PARENT_SCOPE)
endfunction()
