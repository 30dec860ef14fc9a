// Mistake: the channel is bounded, and what does not fit is thrown away.
// Kind: lost value
// Fails: every photo is printed, once, in the order in which they were taken
// Fails: the camera goes on while the printer prints
// Fails: when the printer breaks, the camera stops, and the evening ends with that exception
#include <kettle/channel.hpp>
#include <kettle/join_handle.hpp>
#include <kettle/task.hpp>

#include <utility>

namespace mine {

using kettle::Task;
using kettle::mpsc::Receiver;
using kettle::mpsc::Sender;

/// Takes `count` photos.
template <class Photo, class Camera>
Task<> photograph(Sender<Photo> photos, Camera& camera, int count) {
  for (int taken = 0; taken < count; ++taken) {
    co_await camera.ready();
    static_cast<void>(photos.try_send(camera.take()));
  }
}

/// Prints all there is.
template <class Photo, class Printer>
Task<> print(Receiver<Photo> photos, Printer& printer) {
  while (auto photo = co_await photos.recv()) co_await printer.print(std::move(*photo));
}

/// One evening: `count` photos, taken and printed. Both machines must outlive it.
template <class Photo, class Camera, class Printer>
Task<> evening(Camera& camera, Printer& printer, int count) {
  auto [sender, receiver] =
      kettle::mpsc::channel<Photo>(5);  // One more is in the camera's hands, one in the printer's.
  auto taking = kettle::spawn("camera", photograph<Photo, Camera>(std::move(sender), camera, count));
  co_await print(std::move(receiver), printer);
  co_await taking;
}

}  // namespace mine
