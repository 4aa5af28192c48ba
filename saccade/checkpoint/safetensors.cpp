// safetensors files, read and written.
#include "saccade/checkpoint/safetensors.h"

#include <simdjson.h>

#include <cstring>
#include <fstream>
#include <set>

#include "saccade/core/error.h"
#include "saccade/core/file_io.h"
#include "saccade/core/json_writer.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;
namespace dom = simdjson::dom;

constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;  // the format's own bound
constexpr std::size_t kMaxDimensions = 16;

// Reads one file; the path stands in every error.
class Reader {
 public:
  explicit Reader(const fs::path& path) : path_(path), file_(std::make_shared<MappedFile>(path)) {}

  SafetensorsFile read() {
    const auto bytes = file_->bytes();
    if (bytes.size() < 8) fail("is no safetensors file: shorter than its 8-byte header length");
    std::uint64_t header_size = 0;
    std::memcpy(&header_size, bytes.data(), 8);
    if (header_size > kMaxHeaderBytes || header_size > bytes.size() - 8) {
      fail(text_of("is no safetensors file, or is cut off: header of ", header_size,
                   " bytes in a file of ", bytes.size()));
    }
    data_ = bytes.subspan(8 + header_size);
    const std::string header(reinterpret_cast<const char*>(bytes.data()) + 8, header_size);
    dom::parser parser;
    dom::element root;
    if (parser.parse(header).get(root) != simdjson::SUCCESS || !root.is_object())
      fail("its header is no JSON object");
    for (const auto field : dom::object(root)) read_field(std::string(field.key), field.value);
    return std::move(result_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(text_of(path_.string(), ": ", what));
  }

  void read_field(const std::string& name, dom::element value) {
    if (!names_.insert(name).second) fail(text_of("tensor ", name, " stands there twice"));
    if (!value.is_object()) fail(text_of(name, " is no JSON object"));
    if (name == "__metadata__") {
      for (const auto item : dom::object(value)) {
        std::string_view text;
        if (item.value.get(text) != simdjson::SUCCESS)
          fail(text_of("metadata ", item.key, " is no text"));
        result_.metadata[std::string(item.key)] = text;
      }
      return;
    }
    result_.tensors.emplace_back(name, read_tensor(name, value));
  }

  RawTensor read_tensor(const std::string& name, dom::element value) const {
    std::string_view dtype_name;
    dom::array shape, offsets;
    if (value["dtype"].get(dtype_name) || value["shape"].get(shape) ||
        value["data_offsets"].get(offsets)) {
      fail(text_of("tensor ", name, " lacks dtype, shape or data_offsets"));
    }
    const auto dtype = dtype_from_safetensors_name(dtype_name);
    if (!dtype) fail(text_of("tensor ", name, ": dtype ", dtype_name, " is not supported"));
    RawTensor tensor{.dtype = *dtype, .shape = integers(name, shape)};
    const auto range = integers(name, offsets);
    const auto count = checked_numel(tensor.shape);
    if (tensor.shape.size() > kMaxDimensions || !count || range.size() != 2 || range[0] < 0 ||
        range[0] > range[1] || static_cast<std::uint64_t>(range[1]) > data_.size() ||
        static_cast<unsigned __int128>(*count) * size_of(*dtype) !=
            static_cast<std::uint64_t>(range[1] - range[0])) {
      fail(text_of("tensor ", name, " ", shape_text(tensor.shape),
                   " does not fit its bytes, or they are cut off"));
    }
    tensor.strides = contiguous_strides(tensor.shape);
    tensor.storage =
        std::make_shared<Storage>(Storage{data_.subspan(range[0], range[1] - range[0]), file_});
    return tensor;
  }

  std::vector<std::int64_t> integers(const std::string& name, dom::array array) const {
    std::vector<std::int64_t> out;
    for (const auto item : array) {
      std::int64_t number = 0;
      if (item.get(number) != simdjson::SUCCESS)
        fail(text_of("tensor ", name, ": a size or offset is no integer"));
      out.push_back(number);
    }
    return out;
  }

  fs::path path_;
  std::shared_ptr<MappedFile> file_;
  std::span<const std::byte> data_;
  std::set<std::string> names_;
  SafetensorsFile result_;
};

std::string header_of(const NamedRawTensors& tensors,
                      const std::map<std::string, std::string>& metadata) {
  JsonWriter json;
  json.begin_object();
  if (!metadata.empty()) {
    json.key("__metadata__").begin_object();
    for (const auto& [name, text] : metadata) json.member(name, text);
    json.end_object();
  }
  std::int64_t at = 0;
  for (const auto& [name, tensor] : tensors) {
    const std::int64_t end = at + tensor.numel() * static_cast<std::int64_t>(size_of(tensor.dtype));
    json.key(name)
        .begin_object()
        .member("dtype", safetensors_name_of(tensor.dtype))
        .key("shape")
        .begin_array();
    for (const auto size : tensor.shape) json.value(size);
    json.end_array()
        .key("data_offsets")
        .begin_array()
        .value(at)
        .value(end)
        .end_array()
        .end_object();
    at = end;
  }
  json.end_object();
  std::string text = json.text();
  text.append((8 - text.size() % 8) % 8, ' ');
  return text;
}

}  // namespace

SafetensorsFile read_safetensors(const fs::path& path) { return Reader(path).read(); }

std::string safetensors_bytes(const NamedRawTensors& tensors,
                              const std::map<std::string, std::string>& metadata) {
  const std::string header = header_of(tensors, metadata);
  const std::uint64_t size = header.size();
  std::string bytes(reinterpret_cast<const char*>(&size), sizeof(size));
  bytes += header;
  for (const auto& [name, tensor] : tensors) bytes += contiguous_bytes(tensor);
  return bytes;
}

void write_safetensors(const fs::path& path, const NamedRawTensors& tensors,
                       const std::map<std::string, std::string>& metadata) {
  const std::string header = header_of(tensors, metadata);
  write_file_with(path, [&](const fs::path& temporary) {
    std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
    const std::uint64_t size = header.size();
    out.write(reinterpret_cast<const char*>(&size), 8);
    out.write(header.data(), static_cast<std::streamsize>(header.size()));
    for (const auto& [name, tensor] : tensors) {
      const std::string bytes = contiguous_bytes(tensor);
      out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    }
    out.flush();
    if (!out) throw Error(text_of(path.string(), ": cannot write; is the disk full?"));
  });
}

}  // namespace saccade
