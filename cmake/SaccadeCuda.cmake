# CUDA without CMake's CUDA language, which wants a whole toolkit: nvcc from the wheels of tools/requirements-cuda.txt
# is enough, and no GPU is needed. Offers torch::cuda and saccade_cuda_object().
set(CUDA_ARCHITECTURES "80;89;90;90+PTX" CACHE STRING
  "what the kernels are compiled for: numbers such as 80, or 90+PTX for devices that are yet to come")
string(REPLACE ";" "," SACCADE_CUDA_ARCHITECTURE_NAMES "${CUDA_ARCHITECTURES}")

get_filename_component(_site ${SACCADE_TORCH_ROOT} DIRECTORY)
find_program(SACCADE_NVCC nvcc HINTS ${_site}/nvidia/cu13/bin $ENV{CUDA_HOME}/bin /usr/local/cuda/bin)
find_path(SACCADE_CUDA_INCLUDE cuda_runtime.h HINTS ${_site}/nvidia/cu13/include $ENV{CUDA_HOME}/include
          /usr/local/cuda/include)
find_library(SACCADE_CUDART NAMES libcudart.so.13 HINTS ${_site}/nvidia/cu13/lib $ENV{CUDA_HOME}/lib64
             /usr/local/cuda/lib64)
find_path(SACCADE_NCCL_INCLUDE nccl.h HINTS ${_site}/nvidia/nccl/include /usr/local/cuda/include)
find_path(SACCADE_CUBLAS_INCLUDE cusparse.h HINTS ${_site}/nvidia/cu13/include $ENV{CUDA_HOME}/include
          /usr/local/cuda/include)
foreach(_needed SACCADE_NVCC SACCADE_CUDA_INCLUDE SACCADE_CUDART)
  if(NOT ${_needed})
    message(FATAL_ERROR "SACCADE_CUDA: ${_needed} is not found; `make build SACCADE_CUDA=on` installs what it takes")
  endif()
endforeach()
execute_process(COMMAND ${SACCADE_NVCC} --version OUTPUT_VARIABLE _nvcc_says)
if(NOT _nvcc_says MATCHES "release 13\\.")
  message(FATAL_ERROR "SACCADE_CUDA: ${SACCADE_NVCC} is not of CUDA 13, which the pinned LibTorch is built with:\n${_nvcc_says}")
endif()

get_filename_component(_cudart_folder ${SACCADE_CUDART} DIRECTORY)
set(SACCADE_CUDA_LIBRARIES ${_cudart_folder})
add_library(torch::cuda INTERFACE IMPORTED)
target_include_directories(torch::cuda SYSTEM INTERFACE ${SACCADE_CUDA_INCLUDE})
# no-as-needed: what registers LibTorch's CUDA operators is in libtorch_cuda, none of whose symbols may be named.
target_link_options(torch::cuda INTERFACE LINKER:--no-as-needed)
target_link_libraries(torch::cuda INTERFACE torch::cpu ${SACCADE_TORCH_ROOT}/lib/libc10_cuda.so
                      ${SACCADE_TORCH_ROOT}/lib/libtorch_cuda.so ${SACCADE_CUDART})

# -gencode options of every architecture.
set(SACCADE_GENCODE)
foreach(_arch IN LISTS CUDA_ARCHITECTURES)
  if(_arch MATCHES "^([0-9]+)\\+PTX$")
    list(APPEND SACCADE_GENCODE -gencode=arch=compute_${CMAKE_MATCH_1},code=compute_${CMAKE_MATCH_1})
  elseif(_arch MATCHES "^[0-9]+$")
    list(APPEND SACCADE_GENCODE -gencode=arch=compute_${_arch},code=sm_${_arch})
  else()
    message(FATAL_ERROR "CUDA_ARCHITECTURES: '${_arch}' is no architecture; expected a list such as 80;90;90+PTX")
  endif()
endforeach()

# saccade_cuda_object(VARIABLE x.cu): compiles one file, which sees no torch header, and names its object.
# fmad=false: as in the C++ code, a product and a sum are fused where the source says so and nowhere else.
function(saccade_cuda_object variable source)
  set(object ${CMAKE_CURRENT_BINARY_DIR}/${source}.o)
  add_custom_command(
    OUTPUT ${object} DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${source} DEPFILE ${object}.d
    COMMAND ${SACCADE_NVCC} -std=c++20 -O3 --fmad=false -lineinfo ${SACCADE_GENCODE} --threads 2
            -Xcompiler=-fPIC,-Wall,-Wextra -Werror=all-warnings -I${PROJECT_SOURCE_DIR} -MD -MF ${object}.d
            -c ${CMAKE_CURRENT_SOURCE_DIR}/${source} -o ${object}
    COMMENT "nvcc ${source}" VERBATIM)
  set(${variable} ${object} PARENT_SCOPE)
endfunction()
