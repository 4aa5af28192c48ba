// Draws every figure from made-up attention over real photographs: figure_gallery OUTDIR [FILTER].
#include "tests/render/figure_gallery.h"

#include "saccade/core/error.h"

namespace saccade {
namespace {

void draw_all(const std::filesystem::path& folder, const std::string& filter) {
  const gallery::Photos photos;
  gallery::Gallery gallery(folder, filter);
  add_curves(gallery);
  add_datasets(gallery, photos);
  add_detections(gallery, photos);
  add_points(gallery, photos);
  add_tokens(gallery, photos);
  add_maps(gallery, photos);
  add_grids(gallery, photos);
  add_queries(gallery, photos);
  add_matrices(gallery);
  add_changes(gallery, photos);
}

}  // namespace
}  // namespace saccade

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: figure_gallery OUTDIR [FILTER]\n", stderr);
    return 2;
  }
  try {
    saccade::draw_all(argv[1], argc > 2 ? argv[2] : "");
  } catch (const saccade::Error& error) {
    std::fprintf(stderr, "figure_gallery: error: %s\n", error.what());
    return 1;
  }
  return 0;
}
