//! A browser's offer with fixed slots, and the parts of an answer that a test needs.

/// Sends a microphone and a camera, receives two audio and two video slots.
pub fn offer(ufrag: &str, password: &str, fingerprint: &str) -> String {
    let mut text = String::from(
        "v=0\r\no=- 5 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1 2 3 4 5\r\n\
         a=extmap-allow-mixed\r\na=msid-semantic: WMS\r\n",
    );
    let lines = [
        ("audio", "sendonly"),
        ("video", "sendonly"),
        ("audio", "recvonly"),
        ("audio", "recvonly"),
        ("video", "recvonly"),
        ("video", "recvonly"),
    ];
    for (mid, (kind, direction)) in lines.into_iter().enumerate() {
        let types = if kind == "audio" { "111" } else { "96 97" };
        text.push_str(&format!(
            "m={kind} 9 UDP/TLS/RTP/SAVPF {types}\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\n\
             a=ice-ufrag:{ufrag}\r\na=ice-pwd:{password}\r\na=fingerprint:{fingerprint}\r\n\
             a=setup:actpass\r\na=mid:{mid}\r\n\
             a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n\
             a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
        ));
        if kind == "audio" {
            text.push_str("a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n");
        }
        text.push_str(&format!("a={direction}\r\na=rtcp-mux\r\na=rtcp-rsize\r\n"));
        text.push_str(match kind {
            "audio" => {
                "a=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 transport-cc\r\n\
                 a=fmtp:111 minptime=10;useinbandfec=1\r\n"
            }
            _ => {
                "a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 transport-cc\r\na=rtcp-fb:96 nack\r\n\
                 a=rtcp-fb:96 nack pli\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n"
            }
        });
    }
    text
}

/// One section of an answer in which the server sends.
#[derive(Debug, Clone, Default)]
pub struct Receives {
    pub mid: String,
    pub video: bool,
    pub ssrc: u32,
    pub rtx: Option<u32>,
}

/// What a browser takes from an answer.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    pub ufrag: String,
    pub password: String,
    pub receives: Vec<Receives>,
}

/// Reads an answer.
pub fn read(text: &str) -> Answer {
    let mut answer = Answer::default();
    for line in text.lines() {
        if let Some(value) = line.strip_prefix("a=ice-ufrag:") {
            answer.ufrag = value.to_owned();
        } else if let Some(value) = line.strip_prefix("a=ice-pwd:") {
            answer.password = value.to_owned();
        } else if let Some(value) = line.strip_prefix("m=") {
            let video = value.starts_with("video");
            answer.receives.push(Receives {
                video,
                ..Receives::default()
            });
        }
        let Some(section) = answer.receives.last_mut() else {
            continue;
        };
        if let Some(value) = line.strip_prefix("a=mid:") {
            section.mid = value.to_owned();
        } else if let Some(value) = line.strip_prefix("a=ssrc-group:FID ") {
            let mut numbers = value.split(' ').map(|number| number.parse().unwrap());
            section.ssrc = numbers.next().unwrap();
            section.rtx = numbers.next();
        } else if let Some(value) = line.strip_prefix("a=ssrc:")
            && section.ssrc == 0
        {
            section.ssrc = value.split(' ').next().unwrap().parse().unwrap();
        }
    }
    answer.receives.retain(|section| section.ssrc != 0);
    answer
}
