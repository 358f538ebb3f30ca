// Constants of exchanges recorded from a Handle.Net 9.3.1 server; `exchange` is the number in the recording.
// The secrets and the private key are test material that was made for it.
import type { PublicKeyJwk } from "@handlekit/core";

/** The HS_SECKEY value of 301:0.NA/20.500.99999. */
export const RECORDED_SECRET = "server-admin-secret";

/** A test key: the private half of the HS_PUBKEY value of 300:0.NA/20.500.99999. */
export const RECORDED_TEST_KEY = `-----BEGIN PRIVATE KEY-----
MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQCvWMncp+6Fxk2xh/cD5WjvnoD4
M0k2cACgrbFD4mxyxl5gp96LSlIC/NF+700j2pMsJNBq24Pi+WU9OiENxapG+StKwgQ5qEJtCbUp
1LvrKHpnZQTLg4emGOJPEMczpzd3KbyI7GpR5MrGjat2X/v6rZYO95FIcgE1WrmuIp9G8FjkJheZ
Ky8w/D9o9TB5GI6yliUzwI0RQEZ4tOJIhDo+oIz9QX5gHq+dS2kEgvgxQQkWurlLLakAMIlANuK/
kFSaRyANNRQC4yhjYyAYUuUh6Q3Z39UbT6ojtCfd5o/nzGKFSfB85p/96g8VRz4XEmX68KP2hQy6
8Yv8OpcB/h05AgMBAAECggEACk+u1mgVSZsyA2zkh9kF22o9peeiK25y4wAD0UmiqS2YH2TC9fvB
wd8EuzGuuBtVrz4rXjVL1qn/m/xrzpSfbeGfyM6K+ao23Ps53FyTTM6KQ11FGgPa+YrNROs09tXw
MY4424mhIPEfqYU4N+0iDLyh4X4JqZhzdyQMKjzRky+P5xS8tculml02vQNrQpOdnN2iYqr9lSxE
D7JGlCiaUhs5zWYRLJkyYqWzC2c9WIVioftTksYjeZIbpCShZek+erfzw2sGM4OzCDPbBbZnXqFm
fqCGQ9kdHO/fEea50OutB/2DvHcl1oUSTX9i6bU0LD5FTxm4Wca73IysBGgt5wKBgQDGpXo4C/3y
xMQA/aV5IyeL4WbG8j7QyiA1bSIDrLiD48NlIhjfL3usMp8jiYvtEk8uF4Hjl0m6sPWDfGmjeKNK
jELp34xkekfop/v9uSJ44CR6Kjt9+G5Ykoc/GqGz2SYmN1wd0nz70tLpT0Wn6bma/mr3fHfGo7Ae
8XVbr1S5BwKBgQDh+Sxyy9pKKmPkb7mU1Y+k56x/nW+EnXZ8HQ38TjKnhyrGLm0Mnb5m5nqogHCI
osWr+5CMBBzNQVQk5TqzmZIVHgDOH6g4K3ar7Uvic7aO+3UtDJPeANMovPilBevcUC3qEHmdeQ8d
i2GYuC1Owz/xtABz1khgXonf38pa+6gnvwKBgFcFiwMejcNaW5srguAMfHiU59djrAz/XxjIlEwT
0ElG8ARP6aFsRbtr+bcxvHDAwpsohShU0GHOv984E3cflDlGNNILso8Z2oKbhJLkFavqVVCHS8Sl
noGCv2jvm8MT79hyDBKscUBIXUkEBznF9B9oMSf2COqmLrN/h7AAoRblAoGAbwQgbyFxU8BxpPey
n8kvsd9Torpw4CEP5bfMeCjev+kq/YQvdORGd31Bw2ieYLI/FNgZUoBuufQfZ6TqavPGjfNYh+uL
lFTeD2ccQduBU8t77K7iMk4Lb1cvfLtk/a6yb+y6IsAnyecBAqtxLuHDl3ZMRpx+oEGx0Le8TWiX
WzcCgYAW2ohREveK4u4+54Rc5scjh+XK1BTokzmmTYy5lJUVUuMX8C1myqVHtaXrglRRDFREERJT
Bgn2VmNUBQj0nD3lnNybG7v2ucfHUYtc5FAtLJl0GOvQXxH4rPvVcal25AVLgpxjNlg/KlbR3HQ6
WcbtSTzFLXQJdSm1DBDwcCmACA==
-----END PRIVATE KEY-----
`;

/** The public key of the server. */
export const RECORDED_SERVER_KEY: PublicKeyJwk = {
  kty: "RSA",
  n: "uWg8zoBSDfowVqXG2LWLQLUZLJi8-xOsAwipW9nJ79uOJaczcKvCZtKil7Ssvd2brE4NNKVudL4vglA1RilLA1tVku9O7vPyNlgivm8hCNYZLFis0HEtX95sixtxu0Hqj9i5nVmHj0LnOzB3Vh6soYU8XfBjlnr78gJz-Vz6-QtVvcKVtuumrBjrbA3pP_walXyPJW4bbtPCklc9HX3OJbal9OZkTxwD6v_dP-qo-K4BCWFjmUn6Cfb4_4rgtgKcIcgf3n9WnZem87UsWU9y_TfNZ0xu0yUn3d9hQ_TGOdglO-JLFqDbF8J3bmkC8uUnCHpduZJqSqB6QjT6qbL_-w",
  e: "AQAB",
};

/** A login: the challenge of the server, the answer of the client, the response of the server. */
export interface RecordedLogin {
  readonly exchange: number;
  readonly opened: string;
  readonly put: string;
  readonly answer: string;
}

/** Logins with the secret, one for each algorithm but MD5. */
export const RECORDED_SECRET_KEY_LOGINS: readonly RecordedLogin[] = [
  {
    exchange: 21,
    opened: '{"sessionId":"node017wdue3ssyq111bj0gcfc8rahv17","nonce":"E/JO6PHNoo0slMvvZu7pnQ=="}',
    put: '{"sessionId":"node017wdue3ssyq111bj0gcfc8rahv17","id":"301:0.NA/20.500.99999","type":"HS_SECKEY","cnonce":"V0mbcyUZAsS+1FmONGGLsg==","alg":"SHA1","signature":"OqT4HL8+xgB8keyf8dxM/vQiNOg="}',
    answer:
      '{"sessionId":"node017wdue3ssyq111bj0gcfc8rahv17","nonce":"E/JO6PHNoo0slMvvZu7pnQ==","authenticated":true,"id":"301:0.NA/20.500.99999"}',
  },
  {
    exchange: 23,
    opened: '{"sessionId":"node0xu4ljt7u120d8hcufb4bos1o18","nonce":"MwNZjpmru9rw9nztYuTqug=="}',
    put: '{"sessionId":"node0xu4ljt7u120d8hcufb4bos1o18","id":"301:0.NA/20.500.99999","type":"HS_SECKEY","cnonce":"HYmI+x1bMk+1p1joT0h1mQ==","alg":"SHA256","signature":"3xOeJO4CGVHAHCRUTV9fSpX/RXqgGM+40fOYOKScKNA="}',
    answer:
      '{"sessionId":"node0xu4ljt7u120d8hcufb4bos1o18","nonce":"MwNZjpmru9rw9nztYuTqug==","authenticated":true,"id":"301:0.NA/20.500.99999"}',
  },
  {
    exchange: 35,
    opened: '{"sessionId":"node0q9eq88el5wuc9prxj7qcs4b22","nonce":"h+/N/XgAettEwAlllmRPiA=="}',
    put: '{"sessionId":"node0q9eq88el5wuc9prxj7qcs4b22","id":"301:0.NA/20.500.99999","type":"HS_SECKEY","cnonce":"fQOseQ4glNiZ5nf4LenJsA==","alg":"HMAC-SHA1","signature":"8QS+MNhchsUIv3lO1g3aF3H022E="}',
    answer:
      '{"sessionId":"node0q9eq88el5wuc9prxj7qcs4b22","nonce":"h+/N/XgAettEwAlllmRPiA==","authenticated":true,"id":"301:0.NA/20.500.99999"}',
  },
  {
    exchange: 37,
    opened: '{"sessionId":"node01rq71vi333fumzw14bhcf2u5a23","nonce":"Szc1n5ONyqhhpwvxJo4iKA=="}',
    put: '{"sessionId":"node01rq71vi333fumzw14bhcf2u5a23","id":"301:0.NA/20.500.99999","type":"HS_SECKEY","cnonce":"bOfDmx1j/jtBNTUJcuklXg==","alg":"HMAC-SHA256","signature":"s7VhhL6PeLFjuxZNjOsDTXbFoo0Y+4WlBhyld+lXIGQ="}',
    answer:
      '{"sessionId":"node01rq71vi333fumzw14bhcf2u5a23","nonce":"Szc1n5ONyqhhpwvxJo4iKA==","authenticated":true,"id":"301:0.NA/20.500.99999"}',
  },
  {
    exchange: 39,
    opened: '{"sessionId":"node0nsq8xud1uome146me8v1whilu24","nonce":"iytPJOVjJhV1XyCaIgzDsw=="}',
    put: '{"sessionId":"node0nsq8xud1uome146me8v1whilu24","id":"301:0.NA/20.500.99999","type":"HS_SECKEY","cnonce":"A+GGbgQYy3cddezcxcC/0Q==","alg":"PBKDF2-HMAC-SHA1","signature":"anWe2wya/jCe7bR2lraQriaFXjM=","salt":"aFJ3eHBx9AP7a3y5N6Tq7Q==","iterations":"10000","length":"160"}',
    answer:
      '{"sessionId":"node0nsq8xud1uome146me8v1whilu24","nonce":"iytPJOVjJhV1XyCaIgzDsw==","authenticated":true,"id":"301:0.NA/20.500.99999"}',
  },
  {
    exchange: 41,
    opened: '{"sessionId":"node01ba6c0ctkq14r7g6hr3r82cp825","nonce":"3EeNmkBP9OHzqWkeqNBXsw=="}',
    put: '{"sessionId":"node01ba6c0ctkq14r7g6hr3r82cp825","id":"301:0.NA/20.500.99999","type":"HS_SECKEY","cnonce":"tc+K+T4d9h5RE4yP9t6qDg==","alg":"PBKDF2WithHmacSHA1","signature":"TqVZ5M2H8nmcnqrWiOuT7HUyCyY=","salt":"iUw/INE+JxwFZhkl2UJs2w==","iterations":"10000","length":"160"}',
    answer:
      '{"sessionId":"node01ba6c0ctkq14r7g6hr3r82cp825","nonce":"3EeNmkBP9OHzqWkeqNBXsw==","authenticated":true,"id":"301:0.NA/20.500.99999"}',
  },
  {
    exchange: 43,
    opened: '{"sessionId":"node019a1rklz7129812th5xrtzex9u26","nonce":"kyW5Dj34ABhuFwU8HHyDmQ=="}',
    put: '{"sessionId":"node019a1rklz7129812th5xrtzex9u26","id":"301:0.NA/20.500.99999","type":"HS_SECKEY","cnonce":"QFUsd7sAb0V75pL4iNcPng==","alg":"PBKDF2-HMAC-SHA1","signature":"GZwgfF6mpNIzkKzLrL42WuqyLo4=","salt":"MDEyMzQ1Njc4OWFiY2RlZg==","iterations":1000,"length":256}',
    answer:
      '{"sessionId":"node019a1rklz7129812th5xrtzex9u26","nonce":"kyW5Dj34ABhuFwU8HHyDmQ==","authenticated":true,"id":"301:0.NA/20.500.99999"}',
  },
];

/** Logins with the private key. */
export const RECORDED_PRIVATE_KEY_LOGINS: readonly RecordedLogin[] = [
  {
    exchange: 56,
    opened: '{"sessionId":"node015l65e4enmjo0owj9afhadt3q29","nonce":"ofZDj9KwBWr1HnmzXyekkg=="}',
    put: '{"sessionId":"node015l65e4enmjo0owj9afhadt3q29","id":"300:0.NA/20.500.99999","type":"HS_PUBKEY","cnonce":"NrNU4/9xD6BbbPF210Z8aQ==","alg":"SHA256","signature":"pP+wRMrjhXx3hicmdbq9z+1QrSJHcJUGXPRqxN3FjQghvXHqRnncIYIPdauF+FFvy3p0u5Pk8yfewHlTAuFNrniFobcTPi2dMLzrjjSVo0D9nttv6qhOA+4ZI3Wh+o9cnnNtaJAWjbjCImk45uKL5jqZWWbA7L+ikmpFSb8ZcP6shArLABS7KWDGJ9/x3A31eWCaxsMVV9ICfLhCIuYICtIOsCgdvnEP64DcQrrNZKOLpZ8cvFYFeNQ34FHJ1o/RfkhIUnbpswIK2XeERG75clhWuFPp41lKumDx807miiF8CNMiVu7vJHIyq4RGIxlcfOM/Tf+SWeMxKDXfHohFpw=="}',
    answer:
      '{"sessionId":"node015l65e4enmjo0owj9afhadt3q29","nonce":"ofZDj9KwBWr1HnmzXyekkg==","authenticated":true,"id":"300:0.NA/20.500.99999"}',
  },
  {
    exchange: 69,
    opened: '{"sessionId":"node016oayfzgg6zbczapqx00gioi30","nonce":"5hOjCHrd5ClXVYfdLxl3hA=="}',
    put: '{"sessionId":"node016oayfzgg6zbczapqx00gioi30","id":"300:0.NA/20.500.99999","type":"HS_PUBKEY","cnonce":"fV3ClR/MS8d1qtP5lcFG9g==","alg":"SHA1","signature":"IiRvumwLOu6WqkiDXnHoW8h6QSnKD0Hwp19PQHkG7fwIrzEnqA8FtYwXUs+vSV7dFmIOVzPA9g8Moza+IleJCGxw1qMhJv8OEiJ0m2vlCfeFQySme1wcKwTCpwme+0+Be2cz8HzSaIxD66tyR5uwL8tWFTf4xIxcA9CWM5q1chgLsoOv4XW1icCFlO3XZW2sjlaO5oQjpSL90z+vAniBm2rEmEQdwnAeEJypzvniwqyMGhJmpwd2TVYk2OQvQDTdgXv1mM7y7FFk+A3Qg7EN/kLj/9JE+uRi8hO0ojpePTtE0oUZIDwaA7Ljgif5seX6Mv4voXRloZYcdrU8hJVm2Q=="}',
    answer:
      '{"sessionId":"node016oayfzgg6zbczapqx00gioi30","nonce":"5hOjCHrd5ClXVYfdLxl3hA==","authenticated":true,"id":"300:0.NA/20.500.99999"}',
  },
  {
    exchange: 71,
    opened: '{"sessionId":"node0u7pvgmaphxwf23zhnda6bup831","nonce":"43zH90MjZHnu58/OTMei4Q=="}',
    put: '{"sessionId":"node0u7pvgmaphxwf23zhnda6bup831","id":"300:0.NA/20.500.99999","type":"HS_PUBKEY","cnonce":"Y80eY27jF1qOXErczaxocw==","alg":"SHA-256","signature":"pYvN21L3kLXEvdWQI5vDT8/B5a+eAYQcTjtERsYujoSbcy0a65mzsqq8iuVSgKu8DRQvrU99BtywDX2uuqO3WZTNNR00B2WkkOr6EAdZe9DfJCpj9jxs15jP84oJBI7cZylkNz/Ebj91xEBr6D5WD4UstYMNZG+9yGpGpV+YFJakxd4KHxjrnCyrs8W6GEQVIlZEf09s+AfC+xvdlk2FaoPuIf59kICJ+rJ8FBxXZBS3VpVIzUr2dx8aFJRzPHW4H6HC54jEShs+lwTgGZyLdw7tOBe9ADHRGp8ob+1izjk36OS0B70LzT8CMfR5CNQlCQzIdrLPqvIZRErhANJ8Rg=="}',
    answer:
      '{"sessionId":"node0u7pvgmaphxwf23zhnda6bup831","nonce":"43zH90MjZHnu58/OTMei4Q==","authenticated":true,"id":"300:0.NA/20.500.99999"}',
  },
];

/** The answer to the challenge of a refused request (exchanges 80 and 81). */
export const RECORDED_INLINE = {
  challenges:
    'Basic realm="handle", Handle sessionId="node01apxqatt4wgqw1hzljcg96y3u035", nonce="U3hrXcZn/P1+fNxvwzHUYQ=="',
  authorization:
    'Handle sessionId="node01apxqatt4wgqw1hzljcg96y3u035", id="300:0.NA/20.500.99999", type="HS_PUBKEY", cnonce="tLDxG7SAK20zngNAo4Ip2Q==", alg="SHA256", signature="Wp0ZnUuEolMt6FyyMt5NhQbe7lnttqF2cGa5OWO1zCdPVcA6z3FsrN8C1P/XC30xORE5q8VxilQSGg+cFMrOG5LU6VhNlMJHd/9GJ3voR/NsBW/7thZKHQHYalnMaH++noCX5cLIUe3RE1wf7MN3GuZ6hlkrB9pq/dlRPSnHAb6XpqJ7XzSI/7UFVxeq33kDF50Cv/v/SzPdu+XzF5Qlql1ZvgAQlDP0RYVbbmC2bawqOIZLVvJP/cIuy7n+TgopuW1eCWa2hFmef/Or7wtw55qJCEfkDlrhDA8nndECHmGYPjF+2cdBnev5w6qXHK36v/49pS/SDQ50pgtmtsjdjg=="',
};

/** Handle challenges with the server's signature over nonce and this cnonce. */
export const RECORDED_CNONCE = "tLDxG7SAK20zngNAo4Ip2Q==";
export const RECORDED_SERVER_SIGNATURES: readonly string[] = [
  'Handle sessionId="node0iu6u68hr9wvnzdy0pzddiv7036", nonce="8XmGkimeAFARrCditHgXVA==", serverAlg="SHA-256", serverSignature="aehai+WMg1vQK1+UZg/gN1RBoC5dI8AoQnIZz81Dc8I7/1dyDdRS2OpjSKWvCb+EspFhsbINk6wg+57rZbpcdo6M6rCj6AMYE6Ho6QBVl3MjW4zs6vkQ4wkBbOUVpyq7Ex9w7uYlHHhqoYyC7liSHbqt6NgX/esdsD8T0AaW2E3NstrC1nAPsBVWF7lJ7ebkjJhiOLZ8GtPM9cO5SFtWIQoVv4eTz4LRtNDLHrfMrrKyHzdvbUdX1y5j9X+dkQSyD66OmlniN7EeNE1WjwxjZvvdh0pLKkJN54LPgW9w+w2fLCM5Hr6+TPLvFfi2mQ3Z7g8BR/kdHuHAlFuWnQ79Bg=="',
  'Handle sessionId="node0lr2ktgvk8gz6jicdjj83dy3r37", nonce="IQfXi9RFk2qCtYcbeB8yQg==", serverAlg="SHA-256", serverSignature="S2ON5+VcZ49NTNR74QdGcEy+G8+FactE9NhNTvotVP0ufXIDbJ4YUfD2lMmpXmn3QG/loH5g3wlDEarhFswRa9OTr76g019KbdnMlFNLN6fruH1vMOAGcbLO/S5cnzqYRJ145SoEtZr621TkUHS6DGpGya/2ZSjsQnjRLmBzkm/2prh9BHJB/aUvuqZ8VHOLKmJU593gLGGBUg1HUCoUxNz1kiAzBtrqkvsazsPR0blVo/QsPELoX8qDvw0EjBQcLtt8oeYPRt7EMs7EA6j3qIOmQ9FJt9HBnoXbMLrJkXGUfJK3IbVpzWn8CbjOcAXpKSC2aO48+dK7xufhAtq/5g=="',
];

/** A session opened with that cnonce (exchange 86). */
export const RECORDED_PROVEN_SESSION =
  '{"sessionId":"node01k1mzqd30vr0ja85l9p6uhrw38","nonce":"ai4OPH9izP/V75eoWt+bYQ==","serverAlg":"SHA-256","serverSignature":"rK/BtydQfttZogdhQiNFEGH6Qfmud48lLO2XaAFTdx1KVgmdyPwRdkdFkl+0pJ4zSAfcvMy52Dd9Sz4wIjniWrUnkV/hSmzlN6015IloylCZuw4cR/n5Ut8F2XxnVTPjy8lxqPOCUD97cWKv2AO0ojiTq8smOrg7EN0EUHXmOVTXp9UjVPw2A8VO4OT4JQneEx0PsO04O5LNzQ/tg616J0tEIIEFnG3ZokoKYYufbJBfbvHwOPF9DMMoEUj4vH/Ay03ZjLkg1+q+JSJ3bldahYMuE7tFy/2x27XCYhUefFvK6kkJGbRSu0wvZQlTanfr1PTTTlhV9rtoqoNuQQ0/xw=="}';

/** WWW-Authenticate with both challenges, and error texts. */
export const RECORDED_CHALLENGES: readonly string[] = [
  'Basic realm="handle", Handle sessionId="node01nqpkzk8untp33l2thmejyaed27", nonce="EJmNYaZx76aV2PaM3vVGeg==", error="Identity not verified"',
  'Handle sessionId="node01cefqzly0bkj48mca72ms8be19", nonce="7UdcQW+UARkwDzCEw+RHKg=="',
  'Handle sessionId="node01q88hoon4m57y1mlbgu4igg3zl59", nonce="eipgmFvZMIUy9iI9XUdj0g==", error="Unexpected response validating X509 certificate: Error(200): VALUES NOT FOUND"',
  'Handle sessionId="node0f5b4a7tijhhvvkwwrvy2w29b60", nonce="IzsHNJUlVlr7hikHyc38zg==", error="Unexpected response validating X509 certificate: Error(100): HANDLE NOT FOUND"',
];
