// rewrite_pth IN OUT: reads a .pth file and writes it again; for the test against PyTorch.
#include <cstdio>

#include "saccade/checkpoint/pth_reader.h"
#include "saccade/checkpoint/pth_writer.h"
#include "saccade/core/error.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: rewrite_pth IN OUT\n");
    return 2;
  }
  try {
    saccade::write_pth(argv[2], saccade::read_pth(argv[1]));
  } catch (const saccade::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
