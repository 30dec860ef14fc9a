// Mistake: slows the camera down to the pace that the printer is said to have.
// Kind: wrong time
// Fails: there are never more than eight photos at a time
// Fails: when the printer breaks, the camera stops, and the evening ends with that exception
#include <kettle/channel.hpp>
#include <kettle/join_handle.hpp>
#include <kettle/task.hpp>
#include <kettle/time.hpp>

#include <chrono>
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
    co_await kettle::sleep(std::chrono::milliseconds(90));
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
  auto [sender, receiver] = kettle::mpsc::unbounded<Photo>();
  auto taking = kettle::spawn("camera", photograph<Photo, Camera>(std::move(sender), camera, count));
  co_await print(std::move(receiver), printer);
  co_await taking;
}

}  // namespace mine
