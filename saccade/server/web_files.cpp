// The page's files.
#include "saccade/server/web_files.h"

#include <zlib.h>

#include <cstdio>

#include "saccade/core/error.h"
#include "saccade/core/file_io.h"

namespace saccade {
namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{8} << 20;

std::string type_of(const std::string& name) {
  const std::string suffix = std::filesystem::path(name).extension().string();
  if (suffix == ".html") return "text/html; charset=utf-8";
  if (suffix == ".css") return "text/css; charset=utf-8";
  if (suffix == ".js") return "text/javascript; charset=utf-8";
  if (suffix == ".json") return "application/json";
  if (suffix == ".svg") return "image/svg+xml";
  if (suffix == ".woff2") return "font/woff2";
  return "text/plain; charset=utf-8";
}

std::string etag_of(std::string_view bytes) {
  const auto checksum =
      crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<z_size_t>(bytes.size()));
  char text[40];
  std::snprintf(text, sizeof(text), "\"%08lx-%zx\"", static_cast<unsigned long>(checksum),
                bytes.size());
  return text;
}

std::shared_ptr<const std::string> shared(std::string_view bytes) {
  return std::make_shared<const std::string>(bytes);
}

// Names of plain files alone: no folders, nothing hidden.
bool is_plain_name(const std::string& name) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
  return !name.empty() && name[0] != '.' && name.find_first_not_of(kAllowed) == std::string::npos;
}

HttpReply not_found() {
  return text_reply(404, "text/plain; charset=utf-8", "There is no such file.\n");
}

}  // namespace

WebFiles::WebFiles(std::filesystem::path root) : root_(std::move(root)) {
  if (!root_.empty()) {
    if (!std::filesystem::is_regular_file(root_ / "index.html"))
      throw UsageError("--web-root: " + root_.string() + ": has no index.html");
    return;
  }
  for (std::size_t i = 0; i < kEmbeddedFileCount; ++i) {
    const EmbeddedFile& file = kEmbeddedFiles[i];
    files_[std::string(file.name)] = {shared(file.bytes), shared(file.gzip), etag_of(file.bytes)};
  }
}

HttpReply WebFiles::from_root(const std::string& name) const {
  if (!is_plain_name(name) || !std::filesystem::is_regular_file(root_ / name)) return not_found();
  return text_reply(200, type_of(name), read_file(root_ / name, kMaxFileBytes));
}

HttpReply WebFiles::get(const HttpRequest& request) const {
  const std::string name = request.path == "/" ? "index.html" : request.path.substr(1);
  if (!root_.empty()) return from_root(name);
  const auto found = files_.find(name);
  if (found == files_.end()) return not_found();
  const File& file = found->second;
  HttpReply reply{.type = type_of(name)};
  reply.headers = {{"ETag", file.etag}, {"Cache-Control", "no-cache"}, {"Vary", "Accept-Encoding"}};
  if (request.if_none_match.find(file.etag) != std::string::npos) {
    reply.status = 304;
    return reply;
  }
  const bool takes_gzip = request.accept_encoding.find("gzip") != std::string::npos;
  reply.body = takes_gzip ? file.gzip : file.bytes;
  if (takes_gzip) reply.headers.emplace_back("Content-Encoding", "gzip");
  return reply;
}

}  // namespace saccade
