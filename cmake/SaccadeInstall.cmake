# What `cmake --install` and `make package` write, by component:
#   runtime      bin/saccade, libexec/saccade/, share/saccade/ (demo model, images), the licences
#   cuda         libexec/saccade/libsaccade_cuda.so, where it was built: not in packages, which bring LibTorch for the CPU
#   development  static libraries, headers, and the package that find_package(Saccade) reads
#   libtorch     the libraries of LibTorch that the program loads, in lib/saccade/; only when asked for by name (packages
#                do), since without it the program finds those it was built with
include(GNUInstallDirs)
set(SACCADE_DOC_DIR ${CMAKE_INSTALL_DATADIR}/doc/saccade)

install(TARGETS saccade RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT runtime)
install(DIRECTORY assets/ DESTINATION ${CMAKE_INSTALL_DATADIR}/saccade COMPONENT runtime PATTERN val EXCLUDE)
install(FILES LICENSE README.md CHANGELOG.md DESTINATION ${SACCADE_DOC_DIR} COMPONENT runtime)
if(NOT SACCADE_TENSORS)
  return()
endif()
# Where LibTorch is; CMake would leave out what lies in the source tree, as .venv does.
set_target_properties(saccade-torch PROPERTIES INSTALL_RPATH ${SACCADE_TORCH_ROOT}/lib)
install(TARGETS saccade-torch RUNTIME DESTINATION libexec/saccade COMPONENT runtime)
if(TARGET saccade_cuda)
  set_target_properties(saccade_cuda PROPERTIES INSTALL_RPATH "${SACCADE_TORCH_ROOT}/lib;${SACCADE_CUDA_LIBRARIES}")
  install(TARGETS saccade_cuda LIBRARY DESTINATION libexec/saccade COMPONENT cuda)
endif()

# ---- development ----
get_property(saccade_modules GLOBAL PROPERTY SACCADE_MODULES)
install(TARGETS ${saccade_modules} EXPORT SaccadeTargets COMPONENT development
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}/saccade)
install(DIRECTORY saccade/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/saccade COMPONENT development
        FILES_MATCHING PATTERN "*.h" PATTERN cli EXCLUDE PATTERN cuda EXCLUDE PATTERN gloo_headers EXCLUDE PATTERN cpu EXCLUDE
        PATTERN resize_rows.h EXCLUDE)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/Saccade)
install(EXPORT SaccadeTargets NAMESPACE saccade:: DESTINATION ${package_dir} COMPONENT development)
include(CMakePackageConfigHelpers)
configure_package_config_file(cmake/SaccadeConfig.cmake.in ${CMAKE_BINARY_DIR}/SaccadeConfig.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/SaccadeConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/SaccadeConfig.cmake ${CMAKE_BINARY_DIR}/SaccadeConfigVersion.cmake
              cmake/FindLibTorch.cmake DESTINATION ${package_dir} COMPONENT development)

# ---- libtorch ----
get_filename_component(site ${SACCADE_TORCH_ROOT} DIRECTORY)
set(libtorch_files)
foreach(name torch/lib/libtorch_cpu.so torch/lib/libc10.so torch/lib/libgomp.so.1 nvidia/cu13/lib/libcudart.so.13
             nvidia/cu13/lib/libcupti.so.13)
  if(EXISTS ${site}/${name})
    list(APPEND libtorch_files ${site}/${name})
  endif()
endforeach()
install(PROGRAMS ${libtorch_files} DESTINATION ${CMAKE_INSTALL_LIBDIR}/saccade COMPONENT libtorch EXCLUDE_FROM_ALL)
foreach(licence torch nvidia_cuda_runtime nvidia_cuda_cupti)
  file(GLOB texts ${site}/${licence}-*.dist-info/licenses/LICENSE* ${site}/${licence}-*.dist-info/licenses/License*
       ${site}/${licence}-*.dist-info/licenses/NOTICE*)
  install(FILES ${texts} DESTINATION ${SACCADE_DOC_DIR}/licences/${licence} COMPONENT libtorch EXCLUDE_FROM_ALL)
endforeach()
# With them the program looks beside itself, and no longer where it was built; components come in any order.
foreach(component runtime libtorch)
  install(CODE "set(root \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}\")
if(EXISTS \"\${root}/libexec/saccade/saccade-torch\" AND EXISTS \"\${root}/${CMAKE_INSTALL_LIBDIR}/saccade/libtorch_cpu.so\")
  file(RPATH_SET FILE \"\${root}/libexec/saccade/saccade-torch\" NEW_RPATH \"\\\$ORIGIN/../../${CMAKE_INSTALL_LIBDIR}/saccade\")
endif()" COMPONENT ${component})
endforeach()
