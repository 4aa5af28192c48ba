// The page's files: in the program, or from a folder while they are worked on.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "saccade/server/http_message.h"

namespace saccade {

// As the build put them into the program (cmake/EmbedWeb.cmake); `gzip` is the same content compressed.
struct EmbeddedFile {
  std::string_view name;  // "viewer.css"
  std::string_view bytes, gzip;
};
extern const EmbeddedFile kEmbeddedFiles[];
extern const std::size_t kEmbeddedFileCount;

class WebFiles {
 public:
  // `root` empty: the embedded files; else they are read from this folder at each request.
  explicit WebFiles(std::filesystem::path root);

  // The file of a path ("/" is index.html); 304 where the request has it already, 404 where there is none.
  HttpReply get(const HttpRequest& request) const;

 private:
  struct File {
    std::shared_ptr<const std::string> bytes, gzip;
    std::string etag;
  };
  HttpReply from_root(const std::string& name) const;

  const std::filesystem::path root_;
  std::map<std::string, File> files_;
};

}  // namespace saccade
