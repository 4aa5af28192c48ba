// image_dump FILE EXIF(0|1) [WIDTH HEIGHT]: decodes (and resizes) a picture and writes `width height\n`
// and its RGB bytes to stdout, for tests in Python.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include "saccade/image/decode.h"
#include "saccade/image/resize.h"

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  try {
    saccade::Image image = saccade::read_image(argv[1], std::string(argv[2]) == "1");
    if (argc > 4) image = saccade::resize_bilinear(image, {std::atoi(argv[3]), std::atoi(argv[4])});
    std::printf("%d %d\n", image.width, image.height);
    std::fwrite(image.rgb.data(), 1, image.rgb.size(), stdout);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
