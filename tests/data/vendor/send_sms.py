import requests
response = requests.post(
"https://sms.qorami.io/api/sms/sendsms",
headers={
"Authorization": "Bearer YOUR_API_KEY",
"Content-Type": "application/json"
},
json={
"api_key": "YOUR_API_KEY",
"service_id": 0,
"mobile": "254722XXXX00",
"response_type": "json",
"shortcode": "YOUR_SENDER_ID",
"message": "this is a test message",
"date_send": "2025-01-01 16:40:00"
}
)
print(response.json())
