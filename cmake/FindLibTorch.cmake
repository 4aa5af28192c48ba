# Finds LibTorch inside the PyPI wheel of torch: target torch::cpu (libtorch_cpu and libc10).
#
# The wheel's own TorchConfig.cmake fails without a CUDA toolkit and links libtorch_cuda; this one
# links the CPU libraries alone, so a machine without a GPU never loads CUDA.
set(SACCADE_TORCH_ROOT "" CACHE PATH "directory holding include/ and lib/ (site-packages/torch)")
if(NOT SACCADE_TORCH_ROOT)
  find_package(Python3 COMPONENTS Interpreter QUIET)
  # find_spec does not import torch, which the light set-up could not do.
  execute_process(
    COMMAND ${Python3_EXECUTABLE} -c
            "import importlib.util as u;print(u.find_spec('torch').submodule_search_locations[0])"
    OUTPUT_VARIABLE _libtorch_root OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  set(SACCADE_TORCH_ROOT "${_libtorch_root}" CACHE PATH "" FORCE)
endif()
find_path(LibTorch_INCLUDE_DIR ATen/ATen.h PATHS ${SACCADE_TORCH_ROOT}/include NO_DEFAULT_PATH)
foreach(_lib c10 torch_cpu)
  find_library(LibTorch_${_lib} NAMES ${_lib} PATHS ${SACCADE_TORCH_ROOT}/lib NO_DEFAULT_PATH)
endforeach()
if(LibTorch_INCLUDE_DIR)
  file(STRINGS ${SACCADE_TORCH_ROOT}/version.py _version REGEX "__version__ =")
  string(REGEX MATCH "[0-9]+\\.[0-9]+\\.[0-9]+" LibTorch_VERSION "${_version}")
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  LibTorch REQUIRED_VARS LibTorch_torch_cpu LibTorch_c10 LibTorch_INCLUDE_DIR
  VERSION_VAR LibTorch_VERSION)
if(LibTorch_FOUND AND NOT TARGET torch::cpu)
  add_library(torch::c10 SHARED IMPORTED)
  set_target_properties(torch::c10 PROPERTIES IMPORTED_LOCATION ${LibTorch_c10})
  add_library(torch::cpu SHARED IMPORTED)
  # allow-shlib-undefined: libtorch_cpu needs libcudart and libcupti, which its RPATH finds at run time.
  set_target_properties(torch::cpu PROPERTIES
    IMPORTED_LOCATION ${LibTorch_torch_cpu}
    INTERFACE_INCLUDE_DIRECTORIES
      "${LibTorch_INCLUDE_DIR};${LibTorch_INCLUDE_DIR}/torch/csrc/api/include"
    INTERFACE_LINK_LIBRARIES torch::c10
    INTERFACE_LINK_OPTIONS "LINKER:--allow-shlib-undefined")
endif()
