// The annotations of all slices of a file: their ids looked up, put in the order of the images.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "saccade/data/annotation_sink.h"
#include "saccade/data/coco.h"

namespace saccade {

class AnnotationJoin {
 public:
  // `file_name` is for problems.
  AnnotationJoin(std::string file_name, int threads)
      : file_name_(std::move(file_name)), threads_(threads) {}

  // Slices come in the file's order; `first` is the index in the array of the slice's record 0.
  void take(AnnotationSink& sink, std::int64_t first);

  // Finds the later annotations of an id that occurs twice; needs neither images nor categories.
  void mark_twice();

  // After mark_twice: finds image and category of each annotation; leaves out those without, and those
  // that were marked.
  void look_up(const std::vector<CocoImage>& images, const IdIndex& image_index,
               const IdIndex& category_index, ProblemList& problems);

  // By image, within an image in the file's order; `first_of_image` becomes [images + 1], where those of
  // an image begin. Slices are given up as they are emptied, so that nothing is held twice for long.
  std::vector<CocoAnnotation> place(std::size_t images, std::vector<std::int64_t>& first_of_image);

 private:
  enum class Fault { kTwice, kNoImage, kNoCategory, kOutside };
  struct FaultyAnnotation {
    StagedAnnotation staged;
    Fault fault;
  };
  // The annotations of one slice.
  struct Chunk {
    std::int64_t first = 0;
    std::vector<StagedAnnotation> records;
    std::vector<std::string> texts;
    std::vector<FaultyAnnotation> faulty;
  };

  void report(const std::vector<CocoImage>& images, ProblemList& problems) const;
  static std::string text_of_fault(const Chunk& chunk, const FaultyAnnotation& faulty,
                                   const std::vector<CocoImage>& images);

  std::string file_name_;
  int threads_;
  std::vector<Chunk> chunks_;
};

}  // namespace saccade
