# saccade_module: one folder of saccade/ as a library, with its arrows stated once.
#
#   saccade_module(explain
#     SOURCES ...          sources that include no torch header; target saccade_explain
#     TENSOR_SOURCES ...   sources that work on tensors; target saccade_explain_tensor
#     DEPENDS model ...    modules on the same or lower floors
#     LIBRARIES ...)       outside libraries
#
# The plain part never sees torch's include folder, so bin/saccade, which links plain parts alone,
# cannot load LibTorch by accident. Tensor parts share one precompiled header (tensor_pch.h).

function(saccade_module name)
  cmake_parse_arguments(M "" "" "SOURCES;TENSOR_SOURCES;DEPENDS;LIBRARIES" ${ARGN})
  set(plain saccade_${name})
  if(M_SOURCES)
    add_library(${plain} STATIC ${M_SOURCES})
    set(scope PUBLIC)
  else()
    add_library(${plain} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(${plain} ${scope} $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
                             $<INSTALL_INTERFACE:include>)
  set_target_properties(${plain} PROPERTIES EXPORT_NAME ${name})
  set_property(GLOBAL APPEND PROPERTY SACCADE_MODULES ${plain})
  target_link_libraries(${plain} ${scope} ${M_LIBRARIES})
  foreach(dep IN LISTS M_DEPENDS)
    target_link_libraries(${plain} ${scope} saccade_${dep})
  endforeach()
  if(NOT M_TENSOR_SOURCES OR NOT SACCADE_TENSORS)
    return()
  endif()
  set(tensor saccade_${name}_tensor)
  add_library(${tensor} STATIC ${M_TENSOR_SOURCES})
  target_link_libraries(${tensor} PUBLIC ${plain} torch::cpu)
  set_target_properties(${tensor} PROPERTIES EXPORT_NAME ${name}_tensor)
  set_property(GLOBAL APPEND PROPERTY SACCADE_MODULES ${tensor})
  foreach(dep IN LISTS M_DEPENDS)
    if(TARGET saccade_${dep}_tensor)
      target_link_libraries(${tensor} PUBLIC saccade_${dep}_tensor)
    endif()
  endforeach()
  target_precompile_headers(${tensor} REUSE_FROM saccade_tensor_pch)
endfunction()

# saccade_tests(op TENSOR SOURCES a_test.cpp ... [MODULES op checkpoint]): one GoogleTest program,
# build/tests/op_tests. With TENSOR it links the tensor parts of its modules.
function(saccade_tests name)
  cmake_parse_arguments(T "TENSOR" "" "SOURCES;MODULES" ${ARGN})
  if(T_TENSOR AND NOT SACCADE_TENSORS)
    return()
  endif()
  if(NOT T_MODULES)
    set(T_MODULES ${name})
  endif()
  set(target ${name}_tests)
  add_executable(${target} ${T_SOURCES})
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  foreach(module IN LISTS T_MODULES)
    target_link_libraries(${target} PRIVATE saccade_${module})
    if(T_TENSOR AND TARGET saccade_${module}_tensor)
      target_link_libraries(${target} PRIVATE saccade_${module}_tensor)
    endif()
  endforeach()
  if(T_TENSOR)
    target_precompile_headers(${target} REUSE_FROM saccade_tensor_test_pch)
    target_link_libraries(${target} PRIVATE torch::cpu)
  else()
    target_precompile_headers(${target} REUSE_FROM saccade_test_pch)
  endif()
  target_compile_definitions(${target} PRIVATE SACCADE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_link_libraries(${target} PRIVATE GTest::gmock GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${target} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
endfunction()
